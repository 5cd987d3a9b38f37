//! Ports of containers (WL-P5).

use super::containers::Around;
use super::names;
use super::place::{Faults, Place};
use super::pod::PodOf;
use crate::model::ContainerPort;
use k8s_openapi::api::core::v1 as api;
use std::collections::BTreeSet;

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// Checks the ports of one container.
pub(super) fn check_ports(ports: &[api::ContainerPort], at: &Place<'_>, faults: &mut Faults<'_>) {
    let mut names = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let api::ContainerPort {
            container_port,
            host_port,
            name,
            protocol,
            host_ip: _,
        } = port;
        let place = at.item(index);
        if let Some(name) = name.as_deref().filter(|name| !name.is_empty()) {
            let wrong = names::port_name(name);
            for fault in &wrong {
                faults.invalid(&place.key("name"), name, fault);
            }
            if wrong.is_empty() && !names.insert(name) {
                faults.duplicate(&place.key("name"), name);
            }
        }
        if *container_port == 0 {
            faults.required(&place.key("containerPort"), "a number from 1 to 65535");
        } else {
            check_number(*container_port, &place.key("containerPort"), faults);
        }
        if let Some(host_port) = host_port.filter(|port| *port != 0) {
            check_number(host_port, &place.key("hostPort"), faults);
        }
        let protocol = protocol.as_deref().unwrap_or("TCP");
        if !protocol.is_empty() && !PROTOCOLS.contains(&protocol) {
            faults.unsupported(&place.key("protocol"), protocol, &PROTOCOLS);
        }
    }
}

fn check_number(port: i32, at: &Place<'_>, faults: &mut Faults<'_>) {
    if !(1..=65535).contains(&port) {
        faults.invalid(at, port, "must be between 1 and 65535, inclusive");
    }
}

/// Checks that no two containers of the list ask for the same port of the node, and what `hostNetwork` asks for.
pub(super) fn check_host_ports(
    container: &api::Container,
    taken: &mut BTreeSet<String>,
    at: &Place<'_>,
    around: &Around<'_>,
    faults: &mut Faults<'_>,
) {
    let list = at.key("ports");
    for (index, port) in container.ports.iter().flatten().enumerate() {
        let place = list.item(index);
        let written = port.host_port.unwrap_or(0);
        if around.host_network && written != 0 && written != port.container_port {
            let detail = "must match `containerPort` when `hostNetwork` is true";
            faults.invalid(&place.key("hostPort"), written, detail);
        }
        let is_pod = matches!(around.of, PodOf::Pod);
        let number = match written {
            // In a template the port is filled in once its pods are made.
            0 if around.host_network && is_pod => port.container_port,
            written => written,
        };
        if number == 0 {
            continue;
        }
        let protocol = port.protocol.as_deref().unwrap_or("TCP");
        let address = port.host_ip.as_deref().unwrap_or("");
        let text = format!("{protocol}/{address}/{number}");
        if !taken.insert(text.clone()) {
            faults.duplicate(&place.key("hostPort"), &text);
        }
    }
}

/// The ports that a container asks for on its node; with `hostNetwork` that is all of them.
pub(super) fn host_ports(
    container: &api::Container,
    host_network: bool,
) -> impl Iterator<Item = ContainerPort> {
    container.ports.iter().flatten().filter_map(move |port| {
        let number = match port.host_port.unwrap_or(0) {
            0 if host_network => port.container_port,
            written => written,
        };
        Some(ContainerPort {
            host_ip: port.host_ip.as_deref().unwrap_or("").into(),
            host_port: u16::try_from(number).ok().filter(|number| *number != 0)?,
            protocol: port.protocol.as_deref().unwrap_or("TCP").into(),
        })
    })
}
