//! Images of a node, and the queue in which they are pulled (KUB-20 to KUB-22).

use crate::model::{KubeletFlags, Name};
use crate::sim::{Span, Time};
use std::collections::BTreeMap;

/// What a node has and is fetching.
#[derive(Debug, Default)]
pub(super) struct Images {
    /// Images that are there or on their way, and when each has come.
    known: BTreeMap<Name, Time>,
    /// When each place of the pull queue is free.
    places: Vec<Time>,
}

impl Images {
    /// When the image has come, if it is there or on its way.
    pub(super) fn arrival(&self, image: &Name) -> Option<Time> {
        self.known.get(image).copied()
    }

    /// Queues a pull that takes `time`: the moment at which it is done.
    pub(super) fn pull(
        &mut self,
        image: &Name,
        time: Span,
        now: Time,
        flags: &KubeletFlags,
    ) -> Time {
        let places = if flags.serialize_image_pulls {
            Some(1)
        } else {
            flags.max_parallel_image_pulls
        };
        let done = match places {
            None => now + time,
            Some(places) => {
                self.places.resize(places.max(1) as usize, Time::ZERO);
                let place = self
                    .places
                    .iter_mut()
                    .min()
                    .expect("there is at least one place");
                *place = now.max(*place) + time;
                *place
            }
        };
        let arrival = self.known.entry(image.clone()).or_insert(done);
        done.max(*arrival)
    }
}
