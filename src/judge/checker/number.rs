//! What is a number, and when two are the same.
//!
//! A number is decimal: digits with an optional sign, point and exponent, within the range of an `f64`. `nan`, `inf`,
//! hexadecimal floats and what overflows (`1e999`) are text, so that no expected token accepts everything.

/// A token longer than this is text, whatever it holds: it need not be kept whole.
pub(super) const MAX_LEN: usize = 64 << 10;

/// The number a token is.
pub(super) fn parse(token: &[u8]) -> Option<f64> {
    let decimal = |b: &u8| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    if token.len() > MAX_LEN || !token.iter().all(decimal) {
        return None;
    }
    let number: f64 = std::str::from_utf8(token).ok()?.parse().ok()?;
    number.is_finite().then_some(number)
}

/// How far a number may be off; either tolerance suffices.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tolerance {
    absolute: Option<f64>,
    relative: Option<f64>,
}

impl Tolerance {
    /// 1e-6 both where neither is given; one that is not given while the other is does not count.
    pub(super) fn new(absolute: Option<f64>, relative: Option<f64>) -> Self {
        match (absolute, relative) {
            (None, None) => Self { absolute: Some(1e-6), relative: Some(1e-6) },
            (absolute, relative) => Self { absolute, relative },
        }
    }

    /// Whether `found` will do for `expected`; both are finite.
    pub(super) fn accepts(self, expected: f64, found: f64) -> bool {
        let off = (found - expected).abs();
        let within = |most: f64| off.is_finite() && off <= most;
        self.absolute.is_some_and(within) || self.relative.is_some_and(|r| within(r * expected.abs()))
    }

    /// In words.
    pub(super) fn describe(self) -> String {
        match (self.absolute, self.relative) {
            (Some(a), Some(r)) => format!("absolute {a:e} or relative {r:e}"),
            (Some(a), None) => format!("absolute {a:e}"),
            (None, Some(r)) => format!("relative {r:e}"),
            (None, None) => "none".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finite_decimals_are_numbers() {
        for (token, number) in [("1", 1.0), ("-0.5", -0.5), ("+2.", 2.0), (".5", 0.5), ("1E+3", 1000.0), ("1e-999", 0.0), ("007", 7.0)] {
            assert_eq!(parse(token.as_bytes()), Some(number), "{token}");
        }
        for token in
            ["", "nan", "inf", "-inf", "infinity", "NaN", "1e999", "-1e999", "0x1p3", "0x10", "1,5", "1_0", "e", "+", ".", "1e", "١"]
        {
            assert_eq!(parse(token.as_bytes()), None, "{token}");
        }
        assert_eq!(parse(&vec![b'1'; MAX_LEN + 1]), None);
    }

    #[test]
    fn either_tolerance_suffices_and_infinity_accepts_nothing() {
        let both = Tolerance::new(None, None);
        assert!(both.accepts(0.0, 1e-6) && both.accepts(1e9, 1e9 + 999.0) && !both.accepts(1e9, 1e9 + 1001.0));
        let absolute = Tolerance::new(Some(0.5), None);
        assert!(absolute.accepts(1.0, 1.5) && !absolute.accepts(1e9, 1e9 + 1.0));
        let relative = Tolerance::new(None, Some(0.1));
        assert!(relative.accepts(-10.0, -11.0) && !relative.accepts(0.0, 1e-300) && relative.accepts(0.0, -0.0));
        assert!(!Tolerance::new(None, Some(1e300)).accepts(1e308, -1e308), "an overflowing difference is no match");
    }
}
