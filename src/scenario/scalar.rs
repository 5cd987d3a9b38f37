//! What a plain scalar means: `0755`, `1e3`, `yes`, `1:30`.
//!
//! Kubernetes reads YAML with `go.yaml.in/yaml/v2`, so that is followed here (`resolve.go`), for
//! scenario keys as well, since one file holds both: YAML 1.2's core schema with these leftovers
//! of YAML 1.1: `yes`, `no`, `on`, `off`, `y`, `n` are booleans, `0755` and `0o755` are octal,
//! `0b11` is binary, and `1_000` is 1000. There are no base-60 numbers (`1:30` is text), and a time
//! stamp is text, which is what JSON makes of it.

use super::document::Value;

/// The value of a scalar that was written without quotes and has no tag.
pub(super) fn resolve(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Value::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Value::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Value::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Value::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Value::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let starts_a_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let number = starts_a_number.then(|| number(text)).flatten();
    number.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn number(text: &str) -> Option<Value> {
    if text.starts_with('.') {
        return float(text);
    }
    let plain = text.replace('_', "");
    integer(&plain).or_else(|| float(&plain))
}

/// As Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`.
fn integer(text: &str) -> Option<Value> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = unsigned.to_ascii_lowercase();
    let (digits, radix) = if let Some(digits) = lower.strip_prefix("0x") {
        (digits, 16)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (digits, 8)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (digits, 2)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (&lower[1..], 8)
    } else {
        (lower.as_str(), 10)
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let magnitude = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -magnitude } else { magnitude };
    match (i64::try_from(value), u64::try_from(value)) {
        (Ok(int), _) => Some(Value::Int(int)),
        // Go's ParseUint takes no sign at all.
        (Err(_), Ok(int)) if !text.starts_with('+') => Some(Value::BigInt(int)),
        (Err(_), _) => None,
    }
}

/// A decimal number with digits on at least one side of the point; infinite ones stay text.
fn float(text: &str) -> Option<Value> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_digits = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
    let is_well_formed = is_digits(whole)
        && is_digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent_digits.is_none_or(|digits| !digits.is_empty() && is_digits(digits));
    if !is_well_formed {
        return None;
    }
    let float: f64 = text.parse().ok()?;
    float.is_finite().then_some(Value::Float(float))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases follow go-yaml v2's `decode_test.go` and `resolve.go`.
    #[test]
    fn plain_scalars_mean_what_kubernetes_takes_them_for() {
        let text = |text: &str| Value::String(text.to_owned());
        let cases = [
            ("", Value::Null),
            ("~", Value::Null),
            ("NULL", Value::Null),
            ("nULL", text("nULL")),
            ("yes", Value::Bool(true)),
            ("On", Value::Bool(true)),
            ("y", Value::Bool(true)),
            ("off", Value::Bool(false)),
            ("No", Value::Bool(false)),
            ("nO", text("nO")),
            ("truE", text("truE")),
            ("0", Value::Int(0)),
            ("-0", Value::Int(0)),
            ("+7", Value::Int(7)),
            ("685_230", Value::Int(685_230)),
            ("0755", Value::Int(493)),
            ("0o755", Value::Int(493)),
            ("08", Value::Float(8.0)),
            ("0x_1F", Value::Int(31)),
            ("-0b101", Value::Int(-5)),
            ("0x", text("0x")),
            ("9223372036854775807", Value::Int(i64::MAX)),
            ("-9223372036854775808", Value::Int(i64::MIN)),
            ("9223372036854775808", Value::BigInt(1 << 63)),
            ("18446744073709551615", Value::BigInt(u64::MAX)),
            (
                "18446744073709551616",
                Value::Float(18_446_744_073_709_551_616.0),
            ),
            ("1e3", Value::Float(1000.0)),
            ("1.", Value::Float(1.0)),
            (".5", Value::Float(0.5)),
            ("-.5", Value::Float(-0.5)),
            ("6.8523e+5", Value::Float(685_230.0)),
            ("685.230_15e+03", Value::Float(685_230.15)),
            ("1e999", text("1e999")),
            (".", text(".")),
            ("-", text("-")),
            ("1e", text("1e")),
            (".inf", Value::Float(f64::INFINITY)),
            ("-.INF", Value::Float(f64::NEG_INFINITY)),
            ("inf", text("inf")),
            ("nan", text("nan")),
            ("1:30", text("1:30")),
            ("90s", text("90s")),
            ("1.2.3", text("1.2.3")),
            ("2026-01-05", text("2026-01-05")),
            ("2026-01-05T00:00:00Z", text("2026-01-05T00:00:00Z")),
        ];
        for (written, expected) in cases {
            assert_eq!(resolve(written), expected, "{written}");
        }
        assert!(matches!(resolve(".NaN"), Value::Float(float) if float.is_nan()));
    }
}
