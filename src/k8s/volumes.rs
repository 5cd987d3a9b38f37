//! Volumes, as far as drains and the syntax ask for them.

use super::names;
use super::place::{Faults, Place};
use k8s_openapi::api::core::v1 as api;
use std::collections::BTreeSet;

/// Checks the volumes of a pod; `names` has those of claim templates and gets the others. Tells whether one of them is
/// an `emptyDir`.
pub(super) fn check_volumes(
    volumes: &[api::Volume],
    at: &Place<'_>,
    names: &mut BTreeSet<String>,
    faults: &mut Faults<'_>,
) -> bool {
    let mut seen = BTreeSet::new();
    for (index, volume) in volumes.iter().enumerate() {
        let item = at.item(index);
        let place = item.key("name");
        let name = volume.name.as_str();
        if name.is_empty() {
            faults.required(&place, "every volume needs a name");
            continue;
        }
        for fault in names::dns_label(name) {
            faults.invalid(&place, name, &fault);
        }
        if !seen.insert(name) {
            faults.duplicate(&place, name);
        }
        names.insert(name.to_owned());
    }
    volumes.iter().any(|volume| volume.empty_dir.is_some())
}

/// Checks that what a container mounts is there.
pub(super) fn check_mounts(
    (mounts, devices): &(Vec<api::VolumeMount>, Vec<api::VolumeDevice>),
    at: &Place<'_>,
    volumes: &BTreeSet<String>,
    faults: &mut Faults<'_>,
) {
    let list = at.key("volumeMounts");
    let mut paths = BTreeSet::new();
    for (index, mount) in mounts.iter().enumerate() {
        let place = list.item(index);
        check_name(&mount.name, &place, volumes, faults);
        let path = &mount.mount_path;
        if path.is_empty() {
            faults.required(&place.key("mountPath"), "");
        } else if !paths.insert(path) {
            faults.invalid(&place.key("mountPath"), path, "must be unique");
        }
    }
    let list = at.key("volumeDevices");
    for (index, device) in devices.iter().enumerate() {
        let place = list.item(index);
        check_name(&device.name, &place, volumes, faults);
        if device.device_path.is_empty() {
            faults.required(&place.key("devicePath"), "");
        }
    }
}

fn check_name(name: &str, at: &Place<'_>, volumes: &BTreeSet<String>, faults: &mut Faults<'_>) {
    let at = at.key("name");
    if name.is_empty() {
        faults.required(&at, "");
    } else if !volumes.contains(name) {
        faults.not_found(&at, name);
    }
}
