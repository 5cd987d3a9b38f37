//! Which names and labels the API server accepts (`apimachinery/pkg/util/validation`).

/// What [`is_subdomain`] accepts, in words.
pub(super) const SUBDOMAIN_HINT: &str =
    "lower-case letters, digits, `-` and `.`, a letter or digit first and last";

/// A DNS subdomain: what most objects may be called.
pub(super) fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_dns_part)
}

/// A DNS label: namespaces.
pub(super) fn is_dns_label(name: &str) -> bool {
    name.len() <= 63 && is_dns_part(name)
}

fn is_dns_part(part: &str) -> bool {
    !part.is_empty()
        && part
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !part.starts_with('-')
        && !part.ends_with('-')
}

/// The key of a label, annotation or taint: `app`, `example.com/app`.
pub(super) fn is_qualified_key(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    prefix.is_none_or(is_subdomain) && !name.is_empty() && is_label_value(name)
}

/// The value of a label or taint; may be empty.
pub(super) fn is_label_value(value: &str) -> bool {
    let is_edge = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = value.as_bytes();
    bytes.len() <= 63
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
        && is_edge(bytes.first())
        && is_edge(bytes.last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_api_server() {
        for (name, expected) in [
            ("a", true),
            ("a-1.b", true),
            ("A", false),
            ("-a", false),
            ("a-", false),
            ("a..b", false),
            ("", false),
            ("a/b", false),
        ] {
            assert_eq!(is_subdomain(name), expected, "{name}");
        }
        assert!(is_dns_label("default") && !is_dns_label("a.b"));
        for (key, expected) in [
            ("app", true),
            ("example.com/App_1", true),
            ("/app", false),
            ("a/b/c", false),
            ("example.com/", false),
        ] {
            assert_eq!(is_qualified_key(key), expected, "{key}");
        }
        assert!(is_label_value("") && is_label_value("v1.2") && !is_label_value("v1."));
    }
}
