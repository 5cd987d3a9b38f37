use super::*;
use proptest::prelude::*;

#[test]
fn arithmetic_saturates() {
    let hour = Span::from_hours(1);
    assert_eq!(Time::ZERO + hour, Time::from_nanos(3_600_000_000_000));
    assert_eq!(Time::MAX + hour, Time::MAX);
    assert_eq!(Time::MIN - hour, Time::MIN);
    assert_eq!(Time::MAX - Time::MIN, Span::MAX);
    assert_eq!(Time::ZERO - Time::from_nanos(5), Span::from_nanos(-5));
    assert_eq!(Span::MAX + hour, Span::MAX);
    assert_eq!(Span::MIN - hour, Span::MIN);
    assert_eq!(hour * 3, Span::from_minutes(180));
    assert_eq!(hour * i64::MAX, Span::MAX);
    assert_eq!(hour * i64::MIN, Span::MIN);
    assert_eq!(hour / 4, Span::from_minutes(15));
    assert_eq!(Span::MIN / -1, Span::MAX);
    assert_eq!(-Span::MIN, Span::MAX);
    assert_eq!(Span::from_days(i64::MAX), Span::MAX);
    assert_eq!(Span::from_millis(i64::MIN), Span::MIN);
    assert_eq!(
        Time::ZERO.max(Time::from_nanos(1)).min(Time::MAX),
        Time::from_nanos(1)
    );
}

#[test]
fn floating_nanoseconds_round_and_saturate() {
    for (nanos, expected) in [
        (0.0, 0),
        (0.5, 1),
        (0.49, 0),
        (-0.5, -1),
        (1e30, i64::MAX),
        (-1e30, i64::MIN),
        (f64::INFINITY, i64::MAX),
        (f64::NAN, 0),
    ] {
        assert_eq!(Span::from_nanos_f64(nanos).as_nanos(), expected, "{nanos}");
    }
}

#[test]
fn seconds_have_three_decimals_rounded_half_up() {
    for (nanos, expected) in [
        (0, "0.000"),
        (12_020_000_000, "12.020"),
        (499_999, "0.000"),
        (500_000, "0.001"),
        (999_500_000, "1.000"),
        (-1_000_000, "-0.001"),
        (-500_000, "0.000"),
        (-500_001, "-0.001"),
        (-1_500_000, "-0.001"),
        (-12_020_000_000, "-12.020"),
        (i64::MAX, "9223372036.855"),
        (i64::MIN, "-9223372036.855"),
    ] {
        assert_eq!(Time::from_nanos(nanos).to_seconds_text(), expected);
        assert_eq!(Span::from_nanos(nanos).to_seconds_text(), expected);
    }
}

#[test]
fn durations_read() {
    // The second half is from the table of Go's own `TestParseDuration`.
    for (text, nanos) in [
        ("0", 0),
        ("0s", 0),
        ("20s", 20 * NANOS_PER_SECOND),
        ("7d", 7 * NANOS_PER_DAY),
        ("1h30m", 90 * NANOS_PER_MINUTE),
        ("1500ms", 1_500_000_000),
        ("1.5s", 1_500_000_000),
        ("0.5d", 12 * NANOS_PER_HOUR),
        ("1d12h", 36 * NANOS_PER_HOUR),
        ("106751d", 106_751 * NANOS_PER_DAY),
        ("0.100000000000000000000000000000000000009s", 100_000_000),
        ("1.99999999999999999999ns", 1),
        ("5s", 5 * NANOS_PER_SECOND),
        ("1478s", 1478 * NANOS_PER_SECOND),
        ("-5s", -5 * NANOS_PER_SECOND),
        ("+5s", 5 * NANOS_PER_SECOND),
        ("-0", 0),
        ("+0", 0),
        ("5.0s", 5 * NANOS_PER_SECOND),
        ("5.6s", 5_600_000_000),
        ("5.s", 5 * NANOS_PER_SECOND),
        (".5s", 500_000_000),
        ("1.004s", 1_004_000_000),
        ("100.00100s", 100_001_000_000),
        ("10ns", 10),
        ("11us", 11_000),
        ("12\u{b5}s", 12_000),
        ("12\u{3bc}s", 12_000),
        ("-2m3.4s", -123_400_000_000),
        ("1h2m3s4ms5us6ns", 3_723_004_005_006),
        ("39h9m14.425s", 140_954_425_000_000),
        ("52763797000ns", 52_763_797_000),
        ("0.3333333333333333333h", 20 * NANOS_PER_MINUTE - 1),
        ("9223372036854775807ns", i64::MAX),
        ("-9223372036854775808ns", i64::MIN),
        ("-9223372036s854ms775us808ns", i64::MIN),
    ] {
        assert_eq!(Span::parse(text).map(Span::as_nanos), Ok(nanos), "{text:?}");
    }
}

#[test]
fn what_is_no_duration_is_refused_with_what_would_be_right() {
    let not_a_number = "is not a duration; write numbers with units";
    for (text, message) in [
        ("", "the duration is empty"),
        ("3", "write 3s for seconds"),
        ("1h30", "write 30s for seconds"),
        ("-", not_a_number),
        ("+", not_a_number),
        ("s", not_a_number),
        (".", not_a_number),
        ("-.", not_a_number),
        (".s", not_a_number),
        ("+.s", not_a_number),
        (" 3s", not_a_number),
        ("--3s", not_a_number),
        ("1.2.3s", not_a_number),
        ("inf", not_a_number),
        ("forever", not_a_number),
        ("3 s", "unknown unit \" s\""),
        ("3s ", "unknown unit \"s \""),
        ("1e3s", "unknown unit \"e\""),
        ("5min", "unknown unit \"min\""),
        ("2w", "unknown unit \"w\""),
        ("1H", "unknown unit \"H\""),
        ("1h-30m", "unknown unit \"h-\""),
        ("\u{661}s", not_a_number),
        ("106752d", "too long"),
        ("9223372036854775808ns", "too long"),
        ("9223372036854775.808us", "too long"),
        ("-9223372036854775809ns", "too long"),
        ("99999999999999999999999d", "too long"),
        ("3000000h3000000h", "too long"),
    ] {
        let error = Span::parse(text).expect_err(text).to_string();
        assert!(error.contains(message), "{text:?} gives {error:?}");
    }
}

#[test]
fn an_endless_text_is_quoted_in_part() {
    let error = Span::parse(&"9".repeat(1_000_000)).unwrap_err().to_string();
    assert!(error.len() < 300, "{error}");
}

#[test]
fn durations_print_as_they_are_written() {
    for (nanos, expected) in [
        (0, "0s"),
        (90 * NANOS_PER_MINUTE, "1h30m"),
        (1_500_000_000, "1.5s"),
        (7 * NANOS_PER_DAY, "7d"),
        (NANOS_PER_DAY + 1, "1d0.000000001s"),
        (250_000_000, "250ms"),
        (1_500_000, "1.5ms"),
        (1_001, "1.001us"),
        (7, "7ns"),
        (-NANOS_PER_MINUTE, "-1m"),
        (i64::MIN, "-106751d23h47m16.854775808s"),
    ] {
        assert_eq!(Span::from_nanos(nanos).to_string(), expected);
    }
    assert_eq!(format!("{:?}", Time::from_nanos(-1_000_000)), "t-1ms");
    assert_eq!(format!("{:?} {:?}", Time::ZERO, Time::MAX), "t+0s t+never");
    assert_eq!(format!("{:>5}", Span::from_secs(2)), "   2s");
}

proptest! {
    #[test]
    fn a_printed_duration_reads_back(nanos: i64) {
        let span = Span::from_nanos(nanos);
        prop_assert_eq!(Span::parse(&span.to_string()), Ok(span));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in r"[-+]?([0-9.]{0,30}(ns|us|ms|s|m|h|d|.)?){0,4}") {
        let _ = Span::parse(&text);
    }
}
