//! The search for the next time on a wall clock (CRON-70, CRON-71).
//!
//! It moves as upstream does, so that it lands where upstream lands when the clocks change:
//! months and days by the calendar, hours and smaller units by real time. Where no change of the
//! clocks lies between, it jumps over the steps that cannot match.
//!
//! Upstream: `SpecSchedule.Next` in `robfig/cron`'s `spec.go`; Go's `time.Date` and `AddDate`.

use std::ops::ControlFlow;

use chrono::{Datelike, NaiveDate, NaiveDateTime, Timelike};

use super::fields::{Fields, ValueSet};
use super::{TimeZone, UnixSeconds};

const SECONDS_PER_MINUTE: i64 = 60;
const SECONDS_PER_HOUR: i64 = 3_600;
const SECONDS_PER_DAY: i64 = 86_400;

/// Upstream gives up after the fifth calendar year that follows the one it starts in.
const SEARCH_YEARS: i32 = 5;

/// The first second after `after` at which the zone's wall clock matches.
pub(super) fn search(fields: &Fields, after: i64, zone: TimeZone) -> Option<i64> {
    if fields.is_hopeless() {
        return None;
    }
    let start = WallClock::at(zone, after + 1);
    let last_year = start.local.year() + SEARCH_YEARS;
    let mut search = Search {
        fields,
        clock: start,
        is_aligned: false,
    };
    // Every round that does not end the search moves the clock forward, so it comes to an end.
    while search.clock.local.year() <= last_year {
        if search.advance().is_continue() {
            return Some(search.clock.unix);
        }
    }
    None
}

/// A moment and what the clock on the wall shows.
#[derive(Clone, Copy)]
struct WallClock {
    zone: TimeZone,
    unix: i64,
    offset: i64,
    local: NaiveDateTime,
}

impl WallClock {
    fn at(zone: TimeZone, unix: i64) -> Self {
        let offset = zone.offset_at(unix);
        Self {
            zone,
            unix,
            offset,
            local: UnixSeconds::wall_clock(unix, offset),
        }
    }

    /// The moment at which the wall clock shows `local`. A time that the clocks leave out or show
    /// twice is resolved as Go's `time.Date` does: by the offset that holds where the wall clock's
    /// reading, taken for UTC, would lie, and once more by the offset that holds there.
    fn showing(zone: TimeZone, local: NaiveDateTime) -> Self {
        let reading = local.and_utc().timestamp();
        let nearby = zone.offset_at(reading);
        Self::at(zone, reading - zone.offset_at(reading - nearby))
    }

    fn plus(self, seconds: i64) -> Self {
        Self::at(self.zone, self.unix + seconds)
    }

    fn start_of_day(self) -> Self {
        Self::showing(
            self.zone,
            self.local.date().and_time(chrono::NaiveTime::MIN),
        )
    }

    fn start_of_hour(self) -> Self {
        let time = chrono::NaiveTime::from_hms_opt(self.local.hour(), 0, 0);
        let time = time.expect("the hour comes from a clock");
        Self::showing(self.zone, self.local.date().and_time(time))
    }

    /// The same reading a month later; the 31st of a short month flows over into the next.
    fn plus_month(self) -> Self {
        let date = self.local.date();
        let (year, month) = match date.month() {
            12 => (date.year() + 1, 1),
            month => (date.year(), month + 1),
        };
        let first = NaiveDate::from_ymd_opt(year, month, 1).expect("a first of a month exists");
        let date = first + chrono::Days::new(u64::from(date.day0()));
        Self::showing(self.zone, date.and_time(self.local.time()))
    }

    /// The next midnight, or what upstream takes for it where the clocks change at midnight.
    fn next_day(self) -> Self {
        let tomorrow = Self::showing(self.zone, self.local + chrono::Days::new(1));
        let hour = i64::from(tomorrow.local.hour());
        let corrected = match hour {
            0 => tomorrow,
            13.. => tomorrow.plus((24 - hour) * SECONDS_PER_HOUR),
            _ => tomorrow.plus(-hour * SECONDS_PER_HOUR),
        };
        if corrected.unix > self.unix {
            return corrected;
        }
        // Differs: where the calendar leaves out a whole day (Pacific/Apia, 2011-12-30), upstream
        // comes back to where it was and never returns.
        self.plus(SECONDS_PER_DAY)
    }

    /// Moves by real time to where `values` next holds the clock's `shown` value of a unit, or to
    /// where that unit starts over; by a single unit where the clocks change on the way.
    fn skip(self, values: ValueSet, shown: u32, unit: Unit) -> Self {
        let distance = i64::from(values.distance_from(shown, unit.modulus()));
        let target = self.plus(distance * unit.seconds());
        if target.offset == self.offset {
            target
        } else {
            self.plus(unit.seconds())
        }
    }
}

#[derive(Clone, Copy)]
enum Unit {
    Hour,
    Minute,
}

impl Unit {
    fn seconds(self) -> i64 {
        match self {
            Self::Hour => SECONDS_PER_HOUR,
            Self::Minute => SECONDS_PER_MINUTE,
        }
    }

    fn modulus(self) -> u32 {
        match self {
            Self::Hour => 24,
            Self::Minute => 60,
        }
    }
}

struct Search<'f> {
    fields: &'f Fields,
    clock: WallClock,
    /// Once the clock has moved, the smaller units stand at their start.
    is_aligned: bool,
}

impl Search<'_> {
    /// One round over the units, the largest first. `Break` where a unit has started over, so that
    /// the larger ones must be looked at again.
    fn advance(&mut self) -> ControlFlow<()> {
        self.advance_month()?;
        self.advance_day()?;
        self.advance_hour()?;
        self.advance_minute()?;
        self.advance_second()
    }

    fn align(&mut self, aligned: impl FnOnce(WallClock) -> WallClock) {
        if !self.is_aligned {
            self.is_aligned = true;
            self.clock = aligned(self.clock);
        }
    }

    fn advance_month(&mut self) -> ControlFlow<()> {
        while !self.fields.month.contains(self.clock.local.month()) {
            self.align(|clock| {
                let first = clock
                    .local
                    .with_day(1)
                    .expect("every month has a first day");
                WallClock::showing(clock.zone, first.date().and_time(chrono::NaiveTime::MIN))
            });
            self.clock = self.clock.plus_month();
            if self.clock.local.month() == 1 {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn advance_day(&mut self) -> ControlFlow<()> {
        while !self.day_matches() {
            self.align(WallClock::start_of_day);
            self.clock = self.clock.next_day();
            if self.clock.local.day() == 1 {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn day_matches(&self) -> bool {
        let date = self.clock.local.date();
        self.fields
            .day_matches(date.day(), date.weekday().num_days_from_sunday())
    }

    fn advance_hour(&mut self) -> ControlFlow<()> {
        while !self.fields.hour.contains(self.clock.local.hour()) {
            self.align(WallClock::start_of_hour);
            let shown = self.clock.local.hour();
            self.clock = self.clock.skip(self.fields.hour, shown, Unit::Hour);
            if self.clock.local.hour() == 0 {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn advance_minute(&mut self) -> ControlFlow<()> {
        while !self.fields.minute.contains(self.clock.local.minute()) {
            // Upstream cuts the minute of UTC, not of the wall clock; they differed only while
            // zones had offsets with seconds.
            self.align(|clock| clock.plus(-clock.unix.rem_euclid(SECONDS_PER_MINUTE)));
            let shown = self.clock.local.minute();
            self.clock = self.clock.skip(self.fields.minute, shown, Unit::Minute);
            if self.clock.local.minute() == 0 {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// The second that matches is 0, at which the minute starts over; hence always `Break` after
    /// a move.
    fn advance_second(&mut self) -> ControlFlow<()> {
        if self.clock.local.second() == 0 {
            return ControlFlow::Continue(());
        }
        self.is_aligned = true;
        while self.clock.local.second() != 0 {
            let rest = SECONDS_PER_MINUTE - i64::from(self.clock.local.second());
            let target = self.clock.plus(rest);
            self.clock = if target.offset == self.clock.offset {
                target
            } else {
                self.clock.plus(1)
            };
        }
        ControlFlow::Break(())
    }
}
