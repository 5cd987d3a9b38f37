//! Schedule text to next times.
/// A schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule;
/// A zone.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeZone;
