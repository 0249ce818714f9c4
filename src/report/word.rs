//! Verdicts and quantities in few letters.
use crate::model::Verdict;

/// Every verdict a cell can show, gravest last; sorting by verdict goes by this.
pub(super) const ALL: [Verdict; 13] = [
    Verdict::Ac,
    Verdict::Ok,
    Verdict::Pc,
    Verdict::Pe,
    Verdict::Wa,
    Verdict::Tle,
    Verdict::Mle,
    Verdict::Ole,
    Verdict::Re,
    Verdict::Sv,
    Verdict::Ce,
    Verdict::Ie,
    Verdict::Sk,
];

pub(super) fn rank(verdict: Verdict) -> usize {
    ALL.iter().position(|v| *v == verdict).unwrap_or(ALL.len())
}

/// What stands in a cell of the matrix: never colour alone.
pub(super) const fn glyph(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ac | Verdict::Ok => "✓",
        Verdict::Pc => "½",
        Verdict::Wa => "W",
        Verdict::Pe => "F",
        Verdict::Tle => "T",
        Verdict::Mle => "M",
        Verdict::Ole => "O",
        Verdict::Re => "R",
        Verdict::Sv => "S",
        Verdict::Ce => "C",
        Verdict::Ie => "!",
        Verdict::Sk => "·",
    }
}

/// Its class in the style sheet.
pub(super) const fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ac | Verdict::Ok => "pass",
        Verdict::Pc => "part",
        Verdict::Wa | Verdict::Pe => "wrong",
        Verdict::Tle => "time",
        Verdict::Mle => "memory",
        Verdict::Ole => "output",
        Verdict::Re | Verdict::Sv => "crash",
        Verdict::Ce => "compile",
        Verdict::Ie => "ours",
        Verdict::Sk => "none",
    }
}

pub(super) const fn meaning(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ac => "accepted",
        Verdict::Ok => "ran, nothing to compare",
        Verdict::Pc => "partly correct",
        Verdict::Pe => "presentation error",
        Verdict::Wa => "wrong answer",
        Verdict::Tle => "time limit exceeded",
        Verdict::Mle => "memory limit exceeded",
        Verdict::Ole => "output limit exceeded",
        Verdict::Re => "run-time error",
        Verdict::Sv => "forbidden system call",
        Verdict::Ce => "does not compile",
        Verdict::Ie => "the judge failed",
        Verdict::Sk => "not run",
    }
}

/// `12 ms`, `1.24 s`.
pub(super) fn time(ms: f64) -> String {
    match ms {
        ms if ms >= 9_995.0 => format!("{:.1} s", ms / 1000.0),
        ms if ms >= 999.5 => format!("{:.2} s", ms / 1000.0),
        ms => format!("{ms:.0} ms"),
    }
}

/// `3.4 MiB`.
pub(super) fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a quantity to look at")]
    let n = bytes as f64;
    match n {
        n if n < 1024.0 => format!("{bytes} B"),
        n if n < 1_023_950.0 => format!("{:.1} KiB", n / 1024.0),
        n if n < 1_073_000_000.0 => format!("{:.1} MiB", n / 1_048_576.0),
        n => format!("{:.2} GiB", n / 1_073_741_824.0),
    }
}

/// Points without needless digits.
pub(super) fn points(points: f64) -> String {
    // A sum of nothing is -0.
    let text = format!("{:.2}", points + 0.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_short() {
        assert_eq!([0.2, 12.4, 999.6, 1240.0, 12_340.0].map(time), ["0 ms", "12 ms", "1.00 s", "1.24 s", "12.3 s"]);
        assert_eq!([5, 2048, 3_565_158, 3 << 30].map(size), ["5 B", "2.0 KiB", "3.4 MiB", "3.00 GiB"]);
        assert_eq!([0.0, 100.0, 33.333_33, 2.5].map(points), ["0", "100", "33.33", "2.5"]);
    }

    #[test]
    fn every_verdict_has_its_rank() {
        let ranks: Vec<usize> = ALL.iter().map(|v| rank(*v)).collect();
        assert_eq!(ranks, (0..ALL.len()).collect::<Vec<_>>());
    }
}
