//! Requests that come with the row of a file and not with a manifest.

use super::quantity::Amount;
use crate::model::ManifestText;
use serde_json::{Value, json};

/// Where the pod's spec stands in a Pod, in a CronJob, and in all other kinds.
const POD_SPECS: [&str; 3] = [
    "/spec/jobTemplate/spec/template/spec",
    "/spec/template/spec",
    "/spec",
];

/// A quantity of CPU in thousandths, rounded up; `None` if it is none.
pub fn cpu_millis(text: &str) -> Option<i64> {
    Amount::parse(text).ok()?.millis()
}

/// A quantity of memory in bytes, rounded up; `None` if it is none.
pub fn whole_bytes(text: &str) -> Option<i64> {
    Amount::parse(text).ok()?.units()
}

/// The manifest with other requests of one container: millicores and bytes.
pub fn with_requests(
    text: &ManifestText,
    container: &str,
    cpu_m: Option<i64>,
    memory_bytes: Option<i64>,
) -> ManifestText {
    let Ok(mut manifest) = serde_json::from_str::<Value>(text) else {
        return text.clone();
    };
    let spec = POD_SPECS
        .iter()
        .find(|pointer| manifest.pointer(pointer).is_some());
    let containers = spec
        .and_then(|spec| manifest.pointer_mut(spec))
        .and_then(|spec| spec.get_mut("containers"))
        .and_then(Value::as_array_mut);
    let found = containers.and_then(|containers| {
        containers
            .iter_mut()
            .find(|value| value["name"] == container)
    });
    let Some(found) = found else {
        return text.clone();
    };
    for key in ["resources", "requests"] {
        // Null counts as missing.
        let holder = if key == "resources" {
            &mut *found
        } else {
            &mut found["resources"]
        };
        if !holder[key].is_object() {
            holder[key] = json!({});
        }
    }
    let requests = &mut found["resources"]["requests"];
    if let Some(cpu) = cpu_m {
        requests["cpu"] = json!(format!("{cpu}m"));
    }
    if let Some(memory) = memory_bytes {
        requests["memory"] = json!(memory.to_string());
    }
    manifest.to_string().into()
}

#[cfg(test)]
mod tests {
    use super::with_requests;

    #[test]
    fn requests_are_put_where_the_kind_has_them() {
        let pod = r#"{"kind":"Pod","spec":{"containers":[{"name":"a"},{"name":"b"}]}}"#;
        assert_eq!(
            &*with_requests(&pod.into(), "b", Some(250), None),
            r#"{"kind":"Pod","spec":{"containers":[{"name":"a"},{"name":"b","resources":{"requests":{"cpu":"250m"}}}]}}"#
        );
        let job = r#"{"spec":{"template":{"spec":{"containers":[{"name":"a","resources":{"requests":{"cpu":"1"}}}]}}}}"#;
        assert_eq!(
            &*with_requests(&job.into(), "a", None, Some(5)),
            r#"{"spec":{"template":{"spec":{"containers":[{"name":"a","resources":{"requests":{"cpu":"1","memory":"5"}}}]}}}}"#
        );
    }
}
