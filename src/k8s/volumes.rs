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
    let mut has_empty_dir = false;
    for (index, volume) in volumes.iter().enumerate() {
        let api::Volume {
            empty_dir,
            name,
            // Where else the data comes from has no effect here.
            aws_elastic_block_store: _,
            azure_disk: _,
            azure_file: _,
            cephfs: _,
            cinder: _,
            config_map: _,
            csi: _,
            downward_api: _,
            ephemeral: _,
            fc: _,
            flex_volume: _,
            flocker: _,
            gce_persistent_disk: _,
            git_repo: _,
            glusterfs: _,
            host_path: _,
            image: _,
            iscsi: _,
            nfs: _,
            persistent_volume_claim: _,
            photon_persistent_disk: _,
            portworx_volume: _,
            projected: _,
            quobyte: _,
            rbd: _,
            scale_io: _,
            secret: _,
            storageos: _,
            vsphere_volume: _,
        } = volume;
        has_empty_dir |= empty_dir.is_some();
        let item = at.item(index);
        let place = item.key("name");
        if name.is_empty() {
            faults.required(&place, "every volume needs a name");
            continue;
        }
        for fault in names::dns_label(name) {
            faults.invalid(&place, name, &fault);
        }
        if !seen.insert(name.as_str()) {
            faults.duplicate(&place, name);
        }
        names.insert(name.to_owned());
    }
    has_empty_dir
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
        let api::VolumeMount {
            mount_path: path,
            name,
            mount_propagation: _,
            read_only: _,
            recursive_read_only: _,
            sub_path: _,
            sub_path_expr: _,
        } = mount;
        let place = list.item(index);
        check_name(name, &place, volumes, faults);
        if path.is_empty() {
            faults.required(&place.key("mountPath"), "");
        } else if !paths.insert(path) {
            faults.invalid(&place.key("mountPath"), path, "must be unique");
        }
    }
    let list = at.key("volumeDevices");
    for (index, device) in devices.iter().enumerate() {
        let place = list.item(index);
        let api::VolumeDevice { device_path, name } = device;
        check_name(name, &place, volumes, faults);
        if device_path.is_empty() {
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
