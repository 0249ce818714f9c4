//! What `assize verify` prints for people.
use super::{Row, Verified};
use crate::model::Verdict;
use std::fmt::Write as _;

/// Writing to a `String` can't fail; its results are let go.
pub(super) fn text(verified: &Verified, tests: bool) -> String {
    let mut out = String::new();
    let v = verified;
    let _ = writeln!(out, "{} ({}, {} tests)\n", v.title, v.format, v.tests);
    for warning in &v.warnings {
        let warning = warning.strip_prefix("warning: ").unwrap_or(warning);
        let _ = writeln!(out, "warning: {}", warning.replacen(" warning: ", " ", 1));
    }
    if !v.warnings.is_empty() {
        out.push('\n');
    }
    let mut lines = vec![header(v)];
    lines.extend(v.submissions.iter().map(|row| cells(v, row)));
    let widths: Vec<usize> = (0..lines[0].len()).map(|i| lines.iter().map(|cells| cells[i].chars().count()).max().unwrap_or(0)).collect();
    for (i, cells) in lines.iter().enumerate() {
        let _ = writeln!(out, "{}", line(cells, &widths));
        let Some(row) = i.checked_sub(1).and_then(|i| v.submissions.get(i)) else { continue };
        for fault in &row.faults {
            let _ = writeln!(out, "    ↳ {fault}");
        }
        if tests {
            for test in &row.tests {
                let message = test.judge_message.lines().next().unwrap_or_default();
                let time = if test.verdict == Verdict::Sk { String::new() } else { seconds(test.cpu_time_ms) };
                let test = format!("    {:24} {:3} {time:>9}  {message}", test.id, test.verdict.to_string());
                let _ = writeln!(out, "{}", test.trim_end());
            }
        }
    }
    out.push('\n');
    limits(v, &mut out);
    let bad = v.submissions.iter().filter(|r| !r.ok).count();
    let all = v.submissions.len();
    let _ = match (bad, v.ok) {
        (0, true) => writeln!(out, "\nall {all} submissions are as expected"),
        (0, false) => writeln!(out, "\nall {all} submissions are as expected, but no time limit keeps both margins"),
        _ => writeln!(out, "\n{bad} of {all} submissions {} not as expected", if bad == 1 { "is" } else { "are" }),
    };
    out
}

fn header(v: &Verified) -> Vec<String> {
    let mut cells = vec!["", "submission", "language", "expected", "got", "time", "of limit", "memory"];
    if v.scoring {
        cells.insert(5, "points");
    }
    cells.into_iter().map(str::to_owned).collect()
}

fn cells(v: &Verified, row: &Row) -> Vec<String> {
    let got = match (&row.verdict, &row.test) {
        (None, _) => "–".to_owned(),
        (Some(verdict), Some(test)) => format!("{verdict} on {test}"),
        (Some(verdict), None) => verdict.to_string(),
    };
    let ran = row.tests.iter().any(|t| t.cpu_time_ms > 0.0);
    let if_ran = |text: String| if ran { text } else { String::new() };
    let mut cells = vec![
        if row.ok { "✓" } else { "✗" }.to_owned(),
        row.name.clone(),
        row.language.clone(),
        row.expected.clone(),
        got,
        if_ran(seconds(row.cpu_time_ms)),
        if_ran(format!("{:.0} %", 100.0 * row.cpu_time_ms / row.limit_ms)),
        #[expect(clippy::cast_precision_loss, reason = "a size to look at")]
        if_ran(format!("{:.1} MiB", row.memory_bytes as f64 / f64::from(1 << 20))),
    ];
    if v.scoring {
        cells.insert(5, format!("{}/{}", number(row.points), number(row.max_points)));
    }
    cells
}

/// Numbers to the right, words to the left.
fn line(cells: &[String], widths: &[usize]) -> String {
    let words = 5;
    let cells = cells.iter().zip(widths).enumerate().map(|(i, (cell, width))| {
        let space = " ".repeat(width.saturating_sub(cell.chars().count()));
        if i < words { format!("{cell}{space}") } else { format!("{space}{cell}") }
    });
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

fn limits(v: &Verified, out: &mut String) {
    let how = match (v.calibrated, v.margins) {
        (true, Some(m)) => format!("calibrated: {} × the slowest, in steps of {} s", m.accepted_to_limit, m.resolution / 1000.0),
        (true, None) => "calibrated".to_owned(),
        (false, _) => "given".to_owned(),
    };
    let _ = writeln!(out, "time limit        {} ({how})", seconds(v.time_limit_ms));
    if let Some(good) = &v.bracket.slowest_good {
        let room = if good.ms > 0.0 { format!(": the limit is {:.1} times that", v.time_limit_ms / good.ms) } else { String::new() };
        let _ = writeln!(out, "slowest good      {}  {} on {}{room}", seconds(good.ms), good.submission, good.test);
    }
    if let Some(slow) = &v.bracket.fastest_too_slow {
        let more = if slow.at_least { ">" } else { "" };
        let times = slow.ms / v.time_limit_ms;
        let _ = writeln!(
            out,
            "fastest too slow  {more}{}  {} on {}: {more}{times:.1} times the limit",
            seconds(slow.ms),
            slow.submission,
            slow.test
        );
    }
    let stretched: Vec<&Row> = v.submissions.iter().filter(|r| (r.limit_ms - v.time_limit_ms).abs() > 1e-6).collect();
    if !stretched.is_empty() {
        let mut named: Vec<String> = stretched.iter().map(|r| format!("{} {}", r.language, seconds(r.limit_ms))).collect();
        named.sort();
        named.dedup();
        let _ = writeln!(out, "by language       {} (their times in the two lines above are divided by the same factor)", named.join(", "));
    }
}

fn seconds(ms: f64) -> String {
    format!("{:.3} s", ms / 1000.0)
}

/// Points without needless zeros.
fn number(points: f64) -> String {
    let text = format!("{points:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
