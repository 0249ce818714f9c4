//! How much of the machine's CPUs a run may use at once.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A number of CPUs; fractions allowed, from a hundredth of one to 1024.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Cpus(f64);

impl Cpus {
    /// In every 100 ms, the period of `cpu.max` that is the kernel's own default: so many microseconds. (It takes no fewer than
    /// 1000; cgroup-v2.rst.)
    pub fn quota_us(self) -> u32 {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1000 to 102,400,000")]
        let us = (self.0 * 100_000.0).round() as u32;
        us
    }

    /// Of so many microseconds in every 100 ms.
    pub fn of_quota(us: u32) -> Self {
        Self(f64::from(us) / 100_000.0)
    }

    /// As a number of CPUs.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl FromStr for Cpus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let cpus = text.parse().ok().filter(|cpus| (0.01..=1024.0).contains(cpus)).map(Self);
        cpus.ok_or_else(|| "not a number of CPUs from 0.01 to 1024 (such as 0.5 or 2)".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_cpus() {
        let quota = |text: &str| text.parse::<Cpus>().ok().map(Cpus::quota_us);
        assert_eq!(["0.01", "0.5", "2", "1024"].map(quota), [1000, 50_000, 200_000, 102_400_000].map(Some));
        assert_eq!(["0", "-1", "0.009", "1025", "NaN", "inf", "", "1/2"].map(quota), [None; 8]);
    }
}
