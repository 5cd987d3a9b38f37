//! What a DaemonSet's template becomes: the tolerations of every daemon pod, and the hash of a revision.

use crate::model::{DaemonSetSpec, ManifestText, Meta, PodTemplate, TaintEffect, Toleration};
use crate::world::{DaemonSetSeed, Revision};
use std::sync::Arc;

/// A DaemonSet to be created or updated.
pub(super) fn seed(meta: Meta, spec: DaemonSetSpec, manifest: ManifestText) -> DaemonSetSeed {
    let pod_template = Arc::new(daemon_template(&spec.template));
    let revision = revision_of(&spec.template);
    DaemonSetSeed {
        meta,
        spec,
        manifest,
        pod_template,
        revision,
    }
}

/// The template with the tolerations of DS-20.
pub fn daemon_template(template: &PodTemplate) -> PodTemplate {
    let mut daemon = template.clone();
    let tolerations = &mut daemon.spec.tolerations;
    let mut add = |key: &str, effect: TaintEffect| {
        let toleration = Toleration::exists(key, effect);
        if !tolerations.contains(&toleration) {
            tolerations.push(toleration);
        }
    };
    add("node.kubernetes.io/not-ready", TaintEffect::NoExecute);
    add("node.kubernetes.io/unreachable", TaintEffect::NoExecute);
    add("node.kubernetes.io/disk-pressure", TaintEffect::NoSchedule);
    add(
        "node.kubernetes.io/memory-pressure",
        TaintEffect::NoSchedule,
    );
    add("node.kubernetes.io/pid-pressure", TaintEffect::NoSchedule);
    add("node.kubernetes.io/unschedulable", TaintEffect::NoSchedule);
    if template.spec.host_network {
        add(
            "node.kubernetes.io/network-unavailable",
            TaintEffect::NoSchedule,
        );
    }
    daemon
}

/// The hash of a template: FNV-1a, 32 bits, over podtime's own text of it (DS-80).
pub fn revision_of(template: &PodTemplate) -> Revision {
    let text = format!("{template:?}");
    let hash = text.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    Revision(hash)
}
