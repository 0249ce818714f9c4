//! Limits as asked for, and as they hold.
use super::strict::read_from_objects_only;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::time::Duration;

/// A time in milliseconds; fractions allowed, always finite, above zero and at most a week.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Millis(#[schemars(range(min = 0.001, max = 604_800_000.0))] f64);

impl Millis {
    const MAX: f64 = 7.0 * 86_400_000.0;
    /// The longest there is.
    pub const MOST: Self = Self(Self::MAX);

    /// Checks a number of milliseconds.
    pub fn new(ms: f64) -> Option<Self> {
        (ms.is_finite() && (0.001..=Self::MAX).contains(&ms)).then_some(Self(ms))
    }

    /// As a number of milliseconds.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// As a [`Duration`].
    pub fn duration(self) -> Duration {
        Duration::from_secs_f64(self.0 / 1000.0)
    }

    /// Times a factor, held within what a `Millis` can be.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        Self((self.0 * factor).clamp(0.001, Self::MAX))
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let ms = f64::deserialize(d)?;
        Self::new(ms).ok_or_else(|| D::Error::custom(format_args!("{ms} is not a time limit: give milliseconds above 0, at most a week")))
    }
}

/// Limits as a request or a profile gives them: what is missing is filled from the profile's defaults.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default, remote = "LimitsRequest")]
pub struct LimitsRequest {
    /// CPU time of all processes together, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_time_ms: Option<Millis>,
    /// Wall time from exec to the first process's end, in milliseconds. Default: max(3 × cpu, cpu + 2000).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_time_ms: Option<Millis>,
    /// Memory of all processes together, with files in the box, in bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "bytes")]
    pub memory_bytes: Option<u64>,
    /// stdout and stderr, each, in bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "bytes")]
    pub output_bytes: Option<u64>,
    /// stdout, stderr and files in the box together, in bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "bytes")]
    pub output_total_bytes: Option<u64>,
    /// Processes and threads at the same time.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "count")]
    pub processes: Option<u32>,
    /// The main thread's stack, in bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "bytes")]
    pub stack_bytes: Option<u64>,
    /// Open file descriptors in one process.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "count")]
    pub open_files: Option<u32>,
    /// Files in the box and in /tmp together, in bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "bytes")]
    pub disk_bytes: Option<u64>,
    /// Apply the language's time and memory factors to the limits given here too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<bool>,
    /// Reserved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pub cpu_extra_time_ms: Option<f64>,
}

read_from_objects_only!(LimitsRequest);

impl Serialize for LimitsRequest {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, s)
    }
}

/// Sizes end at 2^60 so that no sum of a few of them overflows.
fn bytes<'de, D: Deserializer<'de>>(d: D) -> Result<Option<u64>, D::Error> {
    const MAX: u64 = 1 << 60;
    match Option::<u64>::deserialize(d)? {
        Some(n) if n > MAX => Err(D::Error::custom(format_args!("{n} bytes is more than any limit can be (2^60)"))),
        n => Ok(n),
    }
}

fn count<'de, D: Deserializer<'de>>(d: D) -> Result<Option<u32>, D::Error> {
    match Option::<u64>::deserialize(d)? {
        None => Ok(None),
        Some(n @ 1..=1_000_000) => Ok(u32::try_from(n).ok()),
        Some(n) => Err(D::Error::custom(format_args!("{n} is not a count from 1 to 1000000"))),
    }
}

impl LimitsRequest {
    /// These limits, with what is missing taken from `fallback`.
    #[must_use]
    pub fn or(self, fallback: Self) -> Self {
        Self {
            cpu_time_ms: self.cpu_time_ms.or(fallback.cpu_time_ms),
            wall_time_ms: self.wall_time_ms.or(fallback.wall_time_ms),
            memory_bytes: self.memory_bytes.or(fallback.memory_bytes),
            output_bytes: self.output_bytes.or(fallback.output_bytes),
            output_total_bytes: self.output_total_bytes.or(fallback.output_total_bytes),
            processes: self.processes.or(fallback.processes),
            stack_bytes: self.stack_bytes.or(fallback.stack_bytes),
            open_files: self.open_files.or(fallback.open_files),
            disk_bytes: self.disk_bytes.or(fallback.disk_bytes),
            scale: self.scale.or(fallback.scale),
            cpu_extra_time_ms: self.cpu_extra_time_ms.or(fallback.cpu_extra_time_ms),
        }
    }

    /// Times and memory multiplied by a language's factors.
    #[must_use]
    pub fn scaled(self, time: f64, memory: f64) -> Self {
        #[expect(clippy::cast_precision_loss, clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a factor of a size")]
        let size = |n: u64| (n as f64 * memory) as u64;
        Self {
            cpu_time_ms: self.cpu_time_ms.map(|t| t.scaled(time)),
            wall_time_ms: self.wall_time_ms.map(|t| t.scaled(time)),
            memory_bytes: self.memory_bytes.map(size),
            ..self
        }
    }

    /// Everything filled in: what the request and the profile leave open gets the built-in default.
    pub fn resolve(self) -> Limits {
        let cpu = self.cpu_time_ms.unwrap_or(Millis(2000.0));
        let memory = self.memory_bytes.unwrap_or(256 << 20);
        Limits {
            cpu_time_ms: cpu,
            wall_time_ms: self.wall_time_ms.unwrap_or(Millis((3.0 * cpu.0).max(cpu.0 + 2000.0).min(Millis::MAX))),
            memory_bytes: memory,
            output_bytes: self.output_bytes.unwrap_or(64 << 20),
            output_total_bytes: self.output_total_bytes,
            processes: self.processes.unwrap_or(64),
            stack_bytes: self.stack_bytes.unwrap_or(memory),
            open_files: self.open_files.unwrap_or(64),
            disk_bytes: self.disk_bytes.unwrap_or(64 << 20),
        }
    }
}

/// The limits that hold for a run, echoed in its response. Exceeded means strictly greater.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// CPU time of all processes together, in milliseconds.
    pub cpu_time_ms: Millis,
    /// Wall time from exec to the first process's end, in milliseconds.
    pub wall_time_ms: Millis,
    /// Memory of all processes together, with files in the box, in bytes.
    pub memory_bytes: u64,
    /// stdout and stderr, each, in bytes.
    pub output_bytes: u64,
    /// stdout, stderr and files in the box together, in bytes.
    pub output_total_bytes: Option<u64>,
    /// Processes and threads at the same time.
    pub processes: u32,
    /// The main thread's stack, in bytes.
    pub stack_bytes: u64,
    /// Open file descriptors in one process.
    pub open_files: u32,
    /// Files in the box and in /tmp together, in bytes.
    pub disk_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<LimitsRequest, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn wall_time_follows_cpu_time_unless_given() {
        let wall = |text: &str| parse(text).unwrap().resolve().wall_time_ms.get();
        assert!((wall(r#"{"cpu_time_ms": 500}"#) - 2500.0).abs() < 1e-9);
        assert!((wall(r#"{"cpu_time_ms": 5000}"#) - 15_000.0).abs() < 1e-9);
        assert!((wall(r#"{"cpu_time_ms": 5000, "wall_time_ms": 10}"#) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn bad_numbers_are_refused() {
        for bad in [
            r#"{"cpu_time_ms": -1}"#,
            r#"{"cpu_time_ms": 0}"#,
            r#"{"cpu_time_ms": 1e300}"#,
            r#"{"cpu_time_ms": "1"}"#,
            r#"{"memory_bytes": -5}"#,
            r#"{"memory_bytes": 1.5}"#,
            r#"{"memory_bytes": 99999999999999999999}"#,
            r#"{"memory_bytes": 18446744073709551615}"#,
            r#"{"processes": 0}"#,
            r#"{"open_files": 4294967296}"#,
            r#"{"cpu_mss": 1}"#,
            r#"{"disk_bytes": 1, "disk_bytes": 2}"#,
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
