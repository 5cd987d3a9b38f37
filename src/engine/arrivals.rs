//! Arrivals: the next object of each entry of `spec.arrivals` waits in the queue, and no other.
//!
//! An arrival is the moment at which the API server has the object: whoever made it asked a little earlier.

use super::Engine;
use crate::api::drawn_suffix;
use crate::model::{ArrivalNaming, ArrivalSource, Arrivals, Name, Object};
use crate::record::Recorder;
use crate::sim::{Identity, Seq, Span, Stream, Time};
use crate::world::{ArrivalId, Call, Event, Outcome, World};
use std::sync::Arc;

/// Names that are tried before one is left to be refused, as the API server does it.
const NAMES_TRIED: u32 = 8;

impl<R: Recorder> Engine<'_, R> {
    /// The run begins: the first of each entry is on its way.
    pub(super) fn begin_arrivals(&mut self) {
        let model = self.model;
        self.arrived = vec![0; model.arrivals.len()];
        for (entry, arrivals) in (0..=u16::MAX).zip(&model.arrivals) {
            let from = match &arrivals.source {
                ArrivalSource::Drawn(drawn) => drawn.start,
                ArrivalSource::Trace(_) => Time::ZERO,
            };
            self.expect_arrival(entry, from);
        }
    }

    /// Puts the next arrival of an entry into the queue, if there is one; `last` is when the one before came.
    fn expect_arrival(&mut self, entry: u16, last: Time) {
        let arrivals = &self.model.arrivals[usize::from(entry)];
        let number = self.arrived[usize::from(entry)];
        if let Some(at) = arrivals.time_of(number, last, self.seed) {
            self.queue.push(at, Seq::NONE, Event::Arrival(entry));
        }
    }

    /// The next object of an entry comes.
    pub(super) fn arrive(&mut self, entry: u16) {
        let arrivals = &self.model.arrivals[usize::from(entry)];
        let number = self.arrived[usize::from(entry)];
        self.arrived[usize::from(entry)] = number.saturating_add(1);
        let object = arrivals.object_of(number, &self.world, self.seed);
        let name = object.meta().map(|meta| meta.name.clone());
        let kind = object.kind();
        let outcome = self.begin(Call::Arrive {
            object: Box::new(object),
            arrival: ArrivalId { entry, number },
        });
        if let Outcome::Refused(refusal) = outcome {
            let name = name.unwrap_or_else(|| "".into());
            self.commit(Call::NoteAction {
                text: format!("arrival {}: {kind} {name}", arrivals.name).into(),
                refusal: Some(refusal),
            });
        }
        self.expect_arrival(entry, self.world.now());
    }
}

impl Arrivals {
    fn identity(&self) -> Identity {
        Identity::new(&["arrival", &*self.name])
    }

    /// When the arrival of this number (from 0) comes, `last` being when the one before did.
    fn time_of(&self, number: u32, last: Time, seed: u64) -> Option<Time> {
        match &self.source {
            ArrivalSource::Drawn(drawn) => {
                if number >= drawn.count.unwrap_or(u32::MAX) {
                    return None;
                }
                let mut stream = Stream::keyed(seed, &self.identity(), "gap", u64::from(number));
                let at = last + drawn.gaps.sample(&mut stream);
                drawn.end.is_none_or(|end| at < end).then_some(at)
            }
            ArrivalSource::Trace(trace) => {
                let number = number as usize;
                (number < trace.len()).then(|| trace.row(number).at)
            }
        }
    }

    /// What comes with this number, under a name that nobody of its kind has.
    fn object_of(&self, number: u32, world: &World, seed: u64) -> Object {
        let (mut object, row_name) = match &self.source {
            ArrivalSource::Drawn(drawn) => (drawn.object.clone(), ""),
            ArrivalSource::Trace(trace) => {
                let at = number as usize;
                let mut object = trace.object(at).clone();
                let row = trace.row(at);
                play_row(&mut object, row.run, row.exit_code);
                (object, row.name)
            }
        };
        let name: Name = match &self.naming {
            ArrivalNaming::ByRow => row_name.into(),
            ArrivalNaming::Numbered(name) => format!("{name}-{}", u64::from(number) + 1).into(),
            ArrivalNaming::Generated(prefix) => {
                let mut stream = Stream::keyed(seed, &self.identity(), "name", u64::from(number));
                let mut name = drawn_suffix(prefix, &mut stream);
                for _ in 1..NAMES_TRIED {
                    if !is_taken(world, &object, &name) {
                        break;
                    }
                    name = drawn_suffix(prefix, &mut stream);
                }
                name
            }
        };
        if let Some(meta) = object.meta_mut() {
            meta.name = name;
        }
        object
    }
}

/// Whether the API server would refuse the name; kinds without a life of their own replace each other.
fn is_taken(world: &World, object: &Object, name: &Name) -> bool {
    let Some(meta) = object.meta() else {
        return false;
    };
    let space = &meta.namespace;
    match object {
        Object::Pod(_) => world.pod_named(space, name).is_some(),
        Object::Job(_) => world.job_named(space, name).is_some(),
        Object::CronJob(_) => world.cronjob_named(space, name).is_some(),
        Object::DaemonSet(_) => world.daemonset_named(space, name).is_some(),
        Object::Deployment(_) => world.deployment_named(space, name).is_some(),
        Object::ReplicaSet(_) => world.replicaset_named(space, name).is_some(),
        Object::StatefulSet(_) => world.statefulset_named(space, name).is_some(),
        Object::PodDisruptionBudget(_) => world.budget_named(space, name).is_some(),
        Object::PriorityClass(_)
        | Object::Service(_)
        | Object::ResourceQuota(_)
        | Object::LimitRange(_)
        | Object::Node(_) => false,
    }
}

/// What a row says about the containers, where it cannot be looked up by the pod or its Job: it goes into the template.
fn play_row(object: &mut Object, run: Option<Span>, exit_code: Option<u8>) {
    if matches!(object, Object::Pod(_) | Object::Job(_)) || (run, exit_code) == (None, None) {
        return;
    }
    let Some((template, _)) = object.template_mut() else {
        return;
    };
    let behaviors = &mut Arc::make_mut(template).behavior;
    if behaviors
        .first()
        .is_none_or(|first| first.container.is_some())
    {
        behaviors.insert(0, crate::model::AnnotatedBehavior::default());
    }
    for behavior in behaviors {
        if let Some(run) = run {
            behavior.run = vec![Some(run)];
        }
        if let Some(code) = exit_code {
            behavior.exit_codes = vec![i32::from(code)];
        }
    }
}
