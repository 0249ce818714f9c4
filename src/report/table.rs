//! For a terminal.
use super::class::{Record, Report};
use super::text::label;
use super::word;
use crate::model::Verdict;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

const NAME_COLUMNS: usize = 32;

/// One line a student, one that sums up, and the reasons of those that were not judged.
pub fn table(report: &Report) -> String {
    let head = ["student", "verdict", "points", "passed", "time", "memory", "language", "first failed"];
    let mut rows: Vec<Vec<String>> = vec![head.iter().map(|h| (*h).to_owned()).collect()];
    rows.extend(report.students.iter().map(row));
    let widths: Vec<usize> = (0..head.len()).map(|i| rows.iter().map(|r| r[i].width()).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (i, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width - cell.width());
            // Numbers to the right.
            let (before, after) = if (2..=5).contains(&i) { (space.as_str(), "") } else { ("", space.as_str()) };
            line.extend([before, cell, after, "  "]);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push('\n');
    out.push_str(&sum(report));
    let mut heading = Some("\nNot judged:\n");
    for student in &report.students {
        if let Some(why) = student.why_not() {
            out.push_str(heading.take().unwrap_or_default());
            out.extend(["  ", &label(&student.name), ": ", &label(&why), "\n"]);
        }
    }
    out
}

fn row(student: &Record) -> Vec<String> {
    let name = clipped(&label(&student.name));
    let Some(response) = student.response() else {
        let dash = || "-".to_owned();
        return vec![name, "?".into(), dash(), dash(), dash(), dash(), student.language.clone().unwrap_or_else(dash), String::new()];
    };
    let first = student.first_failed().map(|(_, t)| format!("{} ({})", t.id, t.verdict));
    vec![
        name,
        response.verdict.to_string(),
        if response.max_points > 0.0 {
            format!("{}/{}", word::points(response.points), word::points(response.max_points))
        } else {
            "-".into()
        },
        format!("{}/{}", student.passed(), response.tests.len()),
        word::time(response.cpu_time_ms),
        word::size(response.memory_bytes),
        student.language.clone().unwrap_or_default(),
        first.map(|f| clipped(&label(&f))).unwrap_or_default(),
    ]
}

/// `30 submissions: 12 AC, 3 WA, 1 not judged`.
fn sum(report: &Report) -> String {
    let all: Vec<Verdict> = report.students.iter().filter_map(|s| s.response()).map(|r| r.verdict).collect();
    let mut parts: Vec<String> = word::ALL
        .iter()
        .map(|v| (v, all.iter().filter(|w| *w == v).count()))
        .filter(|(_, n)| *n > 0)
        .map(|(v, n)| format!("{n} {v}"))
        .collect();
    let rest = report.students.len() - all.len();
    if rest > 0 {
        parts.push(format!("{rest} not judged"));
    }
    let n = report.students.len();
    format!("{n} {}: {}\n", if n == 1 { "submission" } else { "submissions" }, parts.join(", "))
}

/// A name that leaves room for the rest.
fn clipped(text: &str) -> String {
    if text.width() <= NAME_COLUMNS {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > NAME_COLUMNS {
            break;
        }
        out.push(c);
    }
    out + "…"
}
