//! The syntax of names, label keys and label values.
//!
//! Each function says what is wrong, in the words of the API server without the regular expression, or nothing.
//! Upstream: `k8s.io/apimachinery/pkg/util/validation` and `pkg/api/validate/content`.

const LABEL_MAX: usize = 63;
const SUBDOMAIN_MAX: usize = 253;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \
    and must start and end with an alphanumeric character";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
    '-' or '.', and must start and end with an alphanumeric character";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', \
    and must start and end with an alphanumeric character";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' \
    or '.', and must start and end with an alphanumeric character";

/// Faults of a name, one sentence each.
pub(super) type Faults = Vec<String>;

fn too_long(text: &str, most: usize) -> Option<String> {
    (text.len() > most).then(|| format!("must be no more than {most} characters"))
}

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    !bytes.is_empty()
        && bytes.iter().all(inner)
        && bytes.first() != Some(&b'-')
        && bytes.last() != Some(&b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

/// Alphanumeric at both ends, with `-`, `_` and `.` between.
fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    ends(bytes.first()) && ends(bytes.last()) && bytes.iter().all(inner)
}

/// A DNS label (RFC 1123), at most 63 characters.
pub(super) fn dns_label(text: &str) -> Faults {
    let mut faults = Faults::new();
    faults.extend(too_long(text, LABEL_MAX));
    if !is_label(text) {
        faults.push(format!("{LABEL} (e.g. 'my-name', or '123-abc')"));
    }
    faults
}

/// A DNS subdomain, at most 253 characters.
pub(super) fn dns_subdomain(text: &str) -> Faults {
    let mut faults = Faults::new();
    faults.extend(too_long(text, SUBDOMAIN_MAX));
    if !is_subdomain(text) {
        faults.push(format!("{SUBDOMAIN} (e.g. 'example.com')"));
    }
    faults
}

/// A DNS label that starts with a letter (RFC 1035), at most 63 characters.
pub(super) fn dns_1035_label(text: &str) -> Faults {
    let mut faults = Faults::new();
    faults.extend(too_long(text, LABEL_MAX));
    if !is_label(text) || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        faults.push(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic \
             character, and end with an alphanumeric character (e.g. 'my-name', or 'abc-123')"
                .to_owned(),
        );
    }
    faults
}

/// A label key, annotation key or condition type: a name, with the prefix of a DNS subdomain or without.
pub(super) fn qualified_name(text: &str) -> Faults {
    let mut faults = Faults::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => {
            return vec![format!(
                "a valid label key must consist of a name with an optional DNS subdomain prefix and '/' \
                 (e.g. 'example.com/MyName'); {QUALIFIED}"
            )];
        }
        Some((prefix, name)) => {
            if prefix.is_empty() {
                faults.push("prefix part must be non-empty".to_owned());
            } else {
                let of_prefix = dns_subdomain(prefix).into_iter();
                faults.extend(of_prefix.map(|fault| format!("prefix part {fault}")));
            }
            name
        }
    };
    if name.is_empty() {
        faults.push("name part must be non-empty".to_owned());
    }
    faults.extend(too_long(name, LABEL_MAX).map(|fault| format!("name part {fault}")));
    if !is_word(name) {
        faults.push(format!(
            "{QUALIFIED} (e.g. 'MyName', or 'my.name', or '123-abc')"
        ));
    }
    faults
}

/// A label's value: empty or a word of at most 63 characters.
pub(super) fn label_value(text: &str) -> Faults {
    let mut faults = Faults::new();
    faults.extend(too_long(text, LABEL_MAX));
    if !text.is_empty() && !is_word(text) {
        faults.push(format!(
            "{LABEL_VALUE} (e.g. 'MyValue', or 'my_value', or '12345')"
        ));
    }
    faults
}

/// A port's name (RFC 6335, lower case).
pub(super) fn port_name(text: &str) -> Faults {
    let mut faults = Faults::new();
    faults.extend(too_long(text, 15));
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || !text.chars().all(allowed) {
        faults.push(
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned(),
        );
    }
    if !text.chars().any(|c| c.is_ascii_lowercase()) {
        faults.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        faults.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        faults.push("must not begin or end with a hyphen".to_owned());
    }
    faults
}

/// A path behind a domain, such as `acme.io/foo` (WL-J11).
pub(super) fn domain_prefixed_path(text: &str) -> Faults {
    let Some((host, path)) = text
        .split_once('/')
        .filter(|(host, path)| !host.is_empty() && !path.is_empty())
    else {
        return vec!["must be a domain-prefixed path (such as \"acme.io/foo\")".to_owned()];
    };
    let mut faults = dns_subdomain(host);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "/-._~%!$&'()*+,;=:".contains(c);
    if !path.chars().all(allowed) {
        faults.push("the part after the domain has characters that no path may have".to_owned());
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases of upstream's `dns_test.go`, `kube_test.go` and `validation_test.go`.
    #[test]
    fn names_are_judged_as_upstream_does() {
        type Rule = fn(&str) -> Faults;
        let long = "a".repeat(63);
        let too_long = "a".repeat(64);
        let dotted = format!("{}.{}", "a".repeat(63), "b".repeat(63));
        let cases: &[(&str, Rule, &[&str], &[&str])] = &[
            (
                "label",
                dns_label,
                &[
                    "a",
                    "ab",
                    "a1",
                    "a-1",
                    "a--1--2--b",
                    "0",
                    "01",
                    "1-a",
                    &long,
                ],
                &[
                    "", "A", "ABC", "aBc", "-", "a-", "-a", "_", "a_b", "a.b", "a@b", " a", "a ",
                    "a b", "ä", &too_long,
                ],
            ),
            (
                "subdomain",
                dns_subdomain,
                &[
                    "a",
                    "a.b",
                    "a--1",
                    "0.a.1",
                    "a.a.a",
                    "a-1.b-2",
                    "a.1.c.d.1.e",
                    &dotted,
                ],
                &[
                    "", "A", "a.", ".a", "a..b", "a.-b", "-a.b", "a.b-", "a_b.c", "a/b", "a.b ",
                ],
            ),
            (
                "qualified",
                qualified_name,
                &[
                    "simple",
                    "now-with-dashes",
                    "1-starts-with-num",
                    "1234",
                    "simple/simple",
                    "now-with-dashes/simple",
                    "1-num.2-num/3-num",
                    "example.com/MyName",
                    "Uppercase_Is_OK_123",
                    "a.b_c-d",
                    "podtime/run.a-b",
                ],
                &[
                    "",
                    "nospecialchars%^=@",
                    "cantendwithadash-",
                    "-cantstartwithadash-",
                    "only/one/slash",
                    "Example.com/abc",
                    "example_com/abc",
                    "example.com/",
                    "/simple",
                    ".a",
                    "a.",
                    &too_long,
                ],
            ),
            (
                "value",
                label_value,
                &["", "a", "A-b_c.D", "1", "1.0", &long],
                &["-a", "a-", "a b", "a/b", "ä", &too_long],
            ),
            (
                "port",
                port_name,
                &[
                    "telnet",
                    "re-mail-ck",
                    "pop3",
                    "a",
                    "a-1",
                    "1-a",
                    "a-1-b-2-c",
                    "1-a-2-b-3",
                ],
                &[
                    "longerthan15characters",
                    "",
                    "12345678",
                    "-a",
                    "a-",
                    "a--b",
                    "Uppercase",
                    "a_b",
                ],
            ),
            (
                "1035",
                dns_1035_label,
                &["a", "a-1", "a1b"],
                &["0", "1-a", "-a", "a-", "A", ""],
            ),
            (
                "path",
                domain_prefixed_path,
                &["a/b", "a/b/c/d", "a.com/foo", "a.b.c.d/foo"],
                &["", "a", "/a", "a/", "A.com/b", "a/b c"],
            ),
        ];
        for (name, rule, good, bad) in cases {
            for text in *good {
                assert_eq!(rule(text), Faults::new(), "{name} {text}");
            }
            for text in *bad {
                assert_ne!(rule(text), Faults::new(), "{name} {text:?}");
            }
        }
    }
}
