//! Times for people, as short as kubectl's.

use std::str::FromStr;
use std::time::Duration;

/// How long something has lasted, as kubectl's AGE.
pub(super) fn age(time: Duration) -> String {
    let seconds = time.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 if !seconds.is_multiple_of(60) => format!("{minutes}m{}s", seconds % 60),
        120..10_800 => format!("{minutes}m"),
        10_800..28_800 if !minutes.is_multiple_of(60) => format!("{hours}h{}m", minutes % 60),
        10_800..172_800 => format!("{hours}h"),
        172_800..691_200 if !hours.is_multiple_of(24) => format!("{days}d{}h", hours % 24),
        _ => format!("{days}d"),
    }
}

/// From the least to the most that something takes.
pub(super) fn range(least: Duration, most: Duration) -> String {
    let (unit, word) = if most < Duration::from_secs(90) { (1, "s") } else { (60, "m") };
    let (least, most) = (least.as_secs() / unit, most.as_millis().div_ceil(u128::from(unit) * 1000));
    match least {
        0 => format!("up to {most}{word}"),
        least if u128::from(least) == most => format!("{most}{word}"),
        least => format!("{least} to {most}{word}"),
    }
}

/// How long to wait, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limit(pub(super) Duration);

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let limit = text.parse::<jiff::SignedDuration>().ok().and_then(|limit| Duration::try_from(limit).ok());
        let limit = limit.filter(|limit| !limit.is_zero());
        limit.map(Self).ok_or_else(|| "write how long, such as 90s, 30m or 1h30m".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_as_short_as_kubectls() {
        let ages = [0, 119, 120, 190, 600, 7199, 10_800, 11_000, 90_000, 172_800, 180_000, 700_000];
        let told = ages.map(|seconds| age(Duration::from_secs(seconds)));
        assert_eq!(told, ["0s", "119s", "2m", "3m10s", "10m", "119m", "3h", "3h3m", "25h", "2d", "2d2h", "8d"]);
    }

    #[test]
    fn a_range_has_one_unit() {
        let told = [(0, 20), (5, 20), (61, 360), (60, 60), (0, 500)];
        let told = told.map(|(least, most)| range(Duration::from_secs(least), Duration::from_secs(most)));
        assert_eq!(told, ["up to 20s", "5 to 20s", "1 to 6m", "60s", "up to 9m"]);
    }

    #[test]
    fn a_limit_is_a_time_of_some_length() {
        assert_eq!("1h30m".parse(), Ok(Limit(Duration::from_secs(5400))));
        for wrong in ["", "0s", "-1m", "soon", "5"] {
            assert!(wrong.parse::<Limit>().is_err(), "{wrong}");
        }
    }
}
