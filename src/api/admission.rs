//! What the API server adds to a new pod, and why it may refuse one.

use super::quota;
use crate::model::{
    ContainerKind, Labels, LimitRangeSpec, Name, PodTemplate, PreemptionPolicy, Resources,
};
use crate::sim::{Identity, Stream};
use crate::world::{
    ArrivalId, NewPod, Owner, PodAdmission, PodId, ReplicaSetId, StatefulSetId, TemplateId, World,
};
use std::sync::Arc;

/// CP-N1: the characters of a generated name.
const SAFE_ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
/// CP-N1: longest prefix of a generated name.
const PREFIX_LENGTH: usize = 58;

/// Why the API server said no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The object, or the one it belongs to, is not there.
    NotFound,
    /// With this message.
    Refused(Name),
}

/// Admits and creates a pod of a controller.
pub(super) fn create_pod(world: &mut World, seed: u64, new: NewPod) -> Result<PodId, Refusal> {
    let owner = OwnerFacts::of(world, &new)?;
    let mut new = new;
    new.template = default_requests(world, &owner.namespace, new.template);
    let template = world.templates().get(new.template).clone();
    let (priority, preemption_policy) = priority_of(world, &template)?;
    quota::admit_pod(world, &owner.namespace, new.template)?;
    check_limits(world, &owner.namespace, &template)?;
    let name = match &owner.fixed_name {
        Some(name) if world.pod_named(&owner.namespace, name).is_some() => {
            return Err(forbidden(&format!("pods \"{name}\" already exists")));
        }
        Some(name) => name.clone(),
        None => generate_name(world, seed, &owner),
    };
    let labels = labels_of(&owner, &new, &template.labels);
    let admission = PodAdmission {
        namespace: owner.namespace,
        name,
        labels,
        attempt: owner.attempt,
        ordinal: owner.ordinal,
        priority,
        preemption_policy,
        arrival: None,
    };
    let pod = world.create_pod(new, admission);
    bind_if_named(world, pod, &template);
    Ok(pod)
}

/// Creates a bare pod under its own name.
pub(super) fn create_bare_pod(
    world: &mut World,
    namespace: &Name,
    name: &Name,
    template: &Arc<PodTemplate>,
    arrival: Option<ArrivalId>,
) -> Result<PodId, Refusal> {
    if world.pod_named(namespace, name).is_some() {
        return Err(Refusal::Refused(
            format!("pods \"{name}\" already exists").into(),
        ));
    }
    let id = world.intern(template);
    let id = default_requests(world, namespace, id);
    let (priority, preemption_policy) = priority_of(world, template)?;
    quota::admit_pod(world, namespace, id)?;
    check_limits(world, namespace, template)?;
    let new = NewPod {
        owner: Owner::None,
        template: id,
        index: None,
        target: None,
        revision: None,
        index_failures: (0, 0),
    };
    let admission = PodAdmission {
        namespace: namespace.clone(),
        name: name.clone(),
        labels: template.labels.clone(),
        attempt: 1,
        ordinal: 0,
        priority,
        preemption_policy,
        arrival,
    };
    let pod = world.create_pod(new, admission);
    bind_if_named(world, pod, template);
    Ok(pod)
}

/// A pod with `nodeName` passes the scheduler by.
fn bind_if_named(world: &mut World, pod: PodId, template: &PodTemplate) {
    let node = template
        .spec
        .node_name
        .as_ref()
        .and_then(|name| world.node_named(name));
    if let Some(node) = node {
        world.bind(pod, node);
    }
}

/// What of its owner a pod's name, labels and streams depend on.
struct OwnerFacts {
    kind: &'static str,
    namespace: Name,
    name: Name,
    /// Index or node, as the streams' identity has it.
    place: String,
    /// Pods that the owner had there before.
    ordinal: u32,
    attempt: u32,
    /// `<owner>-` or `<owner>-<index>-` (JOB-37).
    prefix: String,
    /// Name and UID of the Job.
    job: Option<(Name, Name)>,
    /// The name of a StatefulSet's pod (WL-21).
    fixed_name: Option<Name>,
}

impl OwnerFacts {
    fn of(world: &World, new: &NewPod) -> Result<Self, Refusal> {
        match new.owner {
            Owner::None => Err(Refusal::NotFound),
            Owner::Job(id) => {
                let job = world.job(id);
                if !job.exists() {
                    return Err(Refusal::NotFound);
                }
                let at_index = new
                    .index
                    .map(|index| job.by_index.get(&index).copied().unwrap_or_default());
                let ordinal = at_index.map_or(job.pods_created, |(created, _)| created);
                let failed = match at_index {
                    Some((_, failed)) if job.spec.backoff_limit_per_index.is_some() => failed,
                    Some(_) | None => job.pods_failed,
                };
                let place = new.index.map(|index| index.to_string()).unwrap_or_default();
                let prefix = if place.is_empty() {
                    job.meta.name.to_string()
                } else {
                    indexed_prefix(&job.meta.name, &place)
                };
                Ok(Self {
                    kind: "Job",
                    namespace: job.meta.namespace.clone(),
                    name: job.meta.name.clone(),
                    place,
                    ordinal,
                    attempt: failed + 1,
                    prefix,
                    job: Some((job.meta.name.clone(), job.uid.clone())),
                    fixed_name: None,
                })
            }
            Owner::DaemonSet(id) => {
                let daemonset = world.daemonset(id);
                if !daemonset.exists() {
                    return Err(Refusal::NotFound);
                }
                let place = new
                    .target
                    .map(|node| world.node(node).name.to_string())
                    .unwrap_or_default();
                let ordinal = new
                    .target
                    .and_then(|node| daemonset.pods_by_node.get(&node).copied())
                    .unwrap_or(0);
                Ok(Self {
                    kind: "DaemonSet",
                    namespace: daemonset.meta.namespace.clone(),
                    name: daemonset.meta.name.clone(),
                    place,
                    ordinal,
                    attempt: 1,
                    prefix: daemonset.meta.name.to_string(),
                    job: None,
                    fixed_name: None,
                })
            }
            Owner::ReplicaSet(id) => Self::of_replicaset(world, id),
            Owner::StatefulSet(id) => Self::of_statefulset(world, id, new.index.unwrap_or(0)),
        }
    }
}

impl OwnerFacts {
    fn of_replicaset(world: &World, id: ReplicaSetId) -> Result<Self, Refusal> {
        let replicaset = world.replicaset(id);
        if !replicaset.exists() {
            return Err(Refusal::NotFound);
        }
        Ok(Self {
            kind: "ReplicaSet",
            namespace: replicaset.meta.namespace.clone(),
            name: replicaset.meta.name.clone(),
            place: String::new(),
            ordinal: replicaset.pods_created,
            attempt: 1,
            prefix: replicaset.meta.name.to_string(),
            job: None,
            fixed_name: None,
        })
    }

    fn of_statefulset(world: &World, id: StatefulSetId, ordinal: i32) -> Result<Self, Refusal> {
        let statefulset = world.statefulset(id);
        if !statefulset.exists() {
            return Err(Refusal::NotFound);
        }
        let name = format!("{}-{ordinal}", statefulset.meta.name);
        let before = statefulset.pods_by_ordinal.get(&ordinal);
        Ok(Self {
            kind: "StatefulSet",
            namespace: statefulset.meta.namespace.clone(),
            name: statefulset.meta.name.clone(),
            place: ordinal.to_string(),
            ordinal: before.copied().unwrap_or(0),
            attempt: 1,
            prefix: String::new(),
            job: None,
            fixed_name: Some(name.into()),
        })
    }
}

/// JOB-37: `<job>-<index>`, the name cut so that the index is left.
fn indexed_prefix(job: &str, index: &str) -> String {
    let most = PREFIX_LENGTH.saturating_sub(index.len() + 2);
    let end = job.floor_char_boundary(most);
    format!("{}-{index}", &job[..end])
}

/// `<prefix>-<5 characters>`, drawn from the pod's own stream until nobody has the name (CP-N1, CP-N2).
fn generate_name(world: &World, seed: u64, owner: &OwnerFacts) -> Name {
    let identity = Identity::new(&[
        "pod",
        &*owner.namespace,
        owner.kind,
        &*owner.name,
        &owner.place,
        &owner.ordinal.to_string(),
    ]);
    let mut stream = Stream::keyed(seed, &identity, "name", 0);
    let prefix = format!("{}-", owner.prefix);
    loop {
        let name = drawn_suffix(&prefix, &mut stream);
        if world.pod_named(&owner.namespace, &name).is_none() {
            return name;
        }
    }
}

/// CP-N1: a prefix, cut where it is too long, and five characters of Kubernetes' safe alphabet.
pub fn drawn_suffix(prefix: &str, stream: &mut Stream) -> Name {
    let mut name = prefix.to_owned();
    name.truncate(PREFIX_LENGTH);
    for _ in 0..5 {
        let at = usize::try_from(stream.below(27)).expect("below 27");
        name.push(char::from(SAFE_ALPHABET[at]));
    }
    name.into()
}

/// The template's labels and those that the controllers add (WL-D9, JOB-C10, DS-C9, WL-21).
fn labels_of(owner: &OwnerFacts, new: &NewPod, labels: &Labels) -> Labels {
    let mut added: Vec<(Name, Option<Name>)> = Vec::new();
    let mut add = |key: &str, value: Name| added.push((key.into(), Some(value)));
    let index = new.index.map(|index| Name::from(index.to_string()));
    let revision = new.revision.map(|revision| format!("{:x}", revision.0));
    match new.owner {
        Owner::Job(_) => {
            if let Some((job, uid)) = &owner.job {
                add("job-name", job.clone());
                add("controller-uid", uid.clone());
                add("batch.kubernetes.io/job-name", job.clone());
                add("batch.kubernetes.io/controller-uid", uid.clone());
            }
            if let Some(index) = index {
                add("batch.kubernetes.io/job-completion-index", index);
            }
        }
        Owner::DaemonSet(_) => {
            if let Some(revision) = revision {
                add("controller-revision-hash", revision.into());
            }
        }
        Owner::StatefulSet(_) => {
            if let Some(revision) = revision {
                let revision = format!("{}-{revision}", owner.name);
                add("controller-revision-hash", revision.into());
            }
            if let Some(index) = index {
                add("apps.kubernetes.io/pod-index", index);
            }
            if let Some(name) = &owner.fixed_name {
                add("statefulset.kubernetes.io/pod-name", name.clone());
            }
        }
        Owner::ReplicaSet(_) | Owner::None => {}
    }
    if added.is_empty() {
        labels.clone()
    } else {
        labels.with(added)
    }
}

/// SCH-70, SCH-71.
fn priority_of(world: &World, template: &PodTemplate) -> Result<(i32, PreemptionPolicy), Refusal> {
    let classes = &world.policies().priority_classes;
    let own = template.spec.preemption_policy;
    let Some(name) = &template.spec.priority_class else {
        let default = classes.values().find(|class| class.global_default);
        let (value, policy) = default.map_or((0, PreemptionPolicy::default()), |c| {
            (c.value, c.preemption_policy)
        });
        return Ok((value, own.unwrap_or(policy)));
    };
    let (value, policy) = match &**name {
        "system-node-critical" => (2_000_001_000, PreemptionPolicy::default()),
        "system-cluster-critical" => (2_000_000_000, PreemptionPolicy::default()),
        _ => {
            if let Some(class) = classes.get(name) {
                (class.value, class.preemption_policy)
            } else {
                let message = format!("no PriorityClass with name {name} was found");
                return Err(Refusal::Refused(message.into()));
            }
        }
    };
    Ok((value, own.unwrap_or(policy)))
}

/// The template with what the namespace's LimitRanges fill in, interned.
fn default_requests(world: &mut World, namespace: &Name, template: TemplateId) -> TemplateId {
    let ranges: Vec<LimitRangeSpec> = limit_ranges(world, namespace).cloned().collect();
    if ranges.is_empty() {
        return template;
    }
    let mut filled = (**world.templates().get(template)).clone();
    for container in filled
        .spec
        .containers
        .iter_mut()
        .filter(|c| c.kind != ContainerKind::Init)
    {
        for range in &ranges {
            let default = |at: usize| range.default_request[at].or(range.default_limit[at]);
            if let Some(cpu) = default(0).filter(|_| !container.requests_named.0) {
                container.requests.cpu_m = cpu;
                container.requests_named.0 = true;
            }
            if let Some(memory) = default(1).filter(|_| !container.requests_named.1) {
                container.requests.memory_bytes = memory;
                container.requests_named.1 = true;
            }
        }
    }
    world.intern(&Arc::new(filled))
}

/// Refuses a pod that is outside the namespace's LimitRanges.
fn check_limits(world: &World, namespace: &Name, template: &PodTemplate) -> Result<(), Refusal> {
    let of = |resources: &Resources, at: usize| {
        if at == 0 {
            resources.cpu_m
        } else {
            resources.memory_bytes
        }
    };
    let whole = template.spec.requests();
    for range in limit_ranges(world, namespace) {
        for (at, word) in ["cpu", "memory"].into_iter().enumerate() {
            for container in &template.spec.containers {
                let request = of(&container.requests, at);
                if range.container_min[at].is_some_and(|min| request < min) {
                    return Err(forbidden(&format!(
                        "minimum {word} usage per Container is above the request"
                    )));
                }
                let most = request.max(of(&container.limits, at));
                if range.container_max[at].is_some_and(|max| most > max) {
                    return Err(forbidden(&format!(
                        "maximum {word} usage per Container is below the request or limit"
                    )));
                }
            }
            if range.pod_min[at].is_some_and(|min| of(&whole, at) < min) {
                return Err(forbidden(&format!(
                    "minimum {word} usage per Pod is above the request"
                )));
            }
            if range.pod_max[at].is_some_and(|max| of(&whole, at) > max) {
                return Err(forbidden(&format!(
                    "maximum {word} usage per Pod is below the request"
                )));
            }
        }
    }
    Ok(())
}

fn forbidden(message: &str) -> Refusal {
    Refusal::Refused(message.into())
}

fn limit_ranges<'w>(
    world: &'w World,
    namespace: &Name,
) -> impl Iterator<Item = &'w LimitRangeSpec> + use<'w> {
    let namespace = namespace.clone();
    world
        .policies()
        .limit_ranges
        .iter()
        .filter(move |((ns, _), _)| *ns == namespace)
        .map(|(_, spec)| spec)
}
