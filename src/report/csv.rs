//! For a spreadsheet.
use super::class::Report;
use super::text::label;

/// One line a student, after a line of headings: RFC 4180, with `\n`.
///
/// A text that a spreadsheet would take for a formula (it begins with `=`, `+`, `-` or `@`) gets a `'` in front.
pub fn csv(report: &Report) -> String {
    let groups: Vec<&str> =
        report.students.iter().find_map(|s| s.response()).map(|r| r.groups.iter().map(|g| g.id.as_str()).collect()).unwrap_or_default();
    let mut out = String::new();
    let fixed = [
        "key",
        "name",
        "verdict",
        "points",
        "max_points",
        "passed",
        "tests",
        "cpu_time_ms",
        "memory_bytes",
        "language",
        "first_failed",
        "problem",
    ];
    let headings = fixed.iter().map(|h| (*h).to_owned());
    let headings =
        headings.chain(groups.iter().map(|g| format!("points {g}"))).chain(report.tests.iter().map(|t| format!("test {}", t.id)));
    line(&mut out, headings.map(|h| text(&h)));
    for student in &report.students {
        let response = student.response();
        let number = |of: fn(&crate::model::Response) -> String| response.map(of).unwrap_or_default();
        let cells = [
            text(&student.key),
            text(&student.name),
            number(|r| r.verdict.to_string()),
            number(|r| r.points.to_string()),
            number(|r| r.max_points.to_string()),
            response.map(|_| student.passed().to_string()).unwrap_or_default(),
            number(|r| r.tests.len().to_string()),
            number(|r| format!("{:.1}", r.cpu_time_ms)),
            number(|r| r.memory_bytes.to_string()),
            text(student.language.as_deref().unwrap_or_default()),
            text(student.first_failed().map(|(_, t)| t.id.as_str()).unwrap_or_default()),
            text(&student.why_not().unwrap_or_default()),
        ];
        let group = |i: usize| response.and_then(|r| r.groups.get(i)).map(|g| g.points.to_string()).unwrap_or_default();
        let test = |i: usize| response.and_then(|r| r.tests.get(i)).map(|t| t.verdict.to_string()).unwrap_or_default();
        line(&mut out, cells.into_iter().chain((0..groups.len()).map(group)).chain((0..report.tests.len()).map(test)));
    }
    out
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    out.push_str(&cells.collect::<Vec<_>>().join(","));
    out.push('\n');
}

fn text(cell: &str) -> String {
    let cell = label(cell);
    let cell = if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell.into_owned() };
    if cell.contains([',', '"', ';']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}
