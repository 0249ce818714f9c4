//! The table of students × tests.
use super::class::{Record, Report};
use super::text::label;
use super::word;
use crate::model::{TestReport, Verdict};

/// A test's column.
#[derive(Debug)]
pub(super) struct Column {
    /// The whole id.
    pub id: String,
    /// Its last part, for the heading.
    pub short: String,
    /// How many failed it, how many ran it.
    pub failed: usize,
    pub ran: usize,
    /// How dark the sum is, 0 to 4.
    pub heat: usize,
    /// Whether a new group begins here.
    pub begins: bool,
}

/// Columns of the same folder.
#[derive(Debug)]
pub(super) struct Span {
    pub name: String,
    /// The part of it that there is room for.
    pub shown: String,
    pub columns: usize,
}

/// A student's row.
#[derive(Debug)]
pub(super) struct Row {
    pub at: usize,
    pub name: String,
    pub key: String,
    /// Null: not judged.
    pub result: Option<Result>,
    pub why_not: String,
    pub language: String,
    pub cells: Vec<Cell>,
}

/// What a judged student's row says before the tests.
#[derive(Debug)]
pub(super) struct Result {
    pub verdict: Verdict,
    pub class: &'static str,
    pub meaning: &'static str,
    pub rank: usize,
    pub points: String,
    pub points_value: f64,
    pub max_points: String,
    /// Share of the points (or of the tests, where there are none), in percent.
    pub percent: f64,
    pub passed: usize,
    pub time: String,
    pub time_value: f64,
    pub memory: String,
    pub memory_value: u64,
}

/// One student on one test.
#[derive(Debug)]
pub(super) struct Cell {
    pub class: &'static str,
    pub glyph: &'static str,
    pub rank: usize,
    pub title: String,
    pub begins: bool,
}

pub(super) fn columns(report: &Report) -> Vec<Column> {
    let folder = |id: &str| id.rsplit_once('/').map(|(f, _)| f.to_owned()).unwrap_or_default();
    let ids: Vec<&str> = report.tests.iter().map(|t| t.id.as_str()).collect();
    let column = |(i, id): (usize, &&str)| {
        let results = report.students.iter().filter_map(|s| s.response()?.tests.get(i)).filter(|t| t.verdict != Verdict::Sk);
        let (ran, failed) = results.fold((0, 0), |(ran, failed), t| (ran + 1, failed + usize::from(!t.verdict.passed())));
        Column {
            id: label(id).into_owned(),
            short: label(short(id)).into_owned(),
            failed,
            ran,
            heat: if failed == 0 { 0 } else { (failed * 4).div_ceil(ran.max(1)).min(4) },
            begins: i > 0 && folder(id) != folder(ids[i - 1]),
        }
    };
    ids.iter().enumerate().map(column).collect()
}

/// As much of an id as fits into a heading.
fn short(id: &str) -> &str {
    let id = id.strip_prefix("secret/").unwrap_or(id);
    if id.chars().count() <= 13 { id } else { id.rsplit('/').next().unwrap_or(id) }
}

pub(super) fn spans(report: &Report) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for test in &report.tests {
        let name = label(test.id.rsplit_once('/').map_or("tests", |(folder, _)| folder)).into_owned();
        match spans.last_mut() {
            Some(last) if last.name == name => last.columns += 1,
            _ => spans.push(Span { name, shown: String::new(), columns: 1 }),
        }
    }
    for span in &mut spans {
        // Four letters to a column; what does not fit is in the tests' own headings.
        let fitting = [span.name.as_str(), span.name.rsplit('/').next().unwrap_or_default()];
        let fitting = fitting.into_iter().find(|name| name.chars().count() < 4 * span.columns);
        span.shown = fitting.unwrap_or_default().to_owned();
    }
    spans
}

pub(super) fn rows(report: &Report, columns: &[Column]) -> Vec<Row> {
    report.students.iter().enumerate().map(|(at, student)| row(at, student, columns)).collect()
}

fn row(at: usize, student: &Record, columns: &[Column]) -> Row {
    let tests = student.response().map(|r| r.tests.as_slice()).unwrap_or_default();
    Row {
        at,
        name: label(&student.name).into_owned(),
        key: label(&student.key).into_owned(),
        result: student.response().map(|r| Result {
            verdict: r.verdict,
            class: word::class(r.verdict),
            meaning: word::meaning(r.verdict),
            rank: word::rank(r.verdict),
            points: student.score().0,
            points_value: if r.max_points > 0.0 { r.points } else { percent(student) },
            max_points: student.score().1,
            percent: percent(student),
            passed: student.passed(),
            time: word::time(r.cpu_time_ms),
            time_value: r.cpu_time_ms,
            memory: word::size(r.memory_bytes),
            memory_value: r.memory_bytes,
        }),
        why_not: student.why_not().map(|w| label(&w).into_owned()).unwrap_or_default(),
        language: student.language.clone().unwrap_or_default(),
        cells: columns.iter().enumerate().map(|(i, c)| cell(tests.get(i), c)).collect(),
    }
}

fn cell(test: Option<&TestReport>, column: &Column) -> Cell {
    let begins = column.begins;
    let Some(test) = test else {
        return Cell { class: "none", glyph: "", rank: word::ALL.len(), title: format!("{}: not judged", column.id), begins };
    };
    let verdict = test.verdict;
    let title = match verdict {
        Verdict::Sk => format!("{}: not run", column.id),
        _ => {
            let (time, memory) = (word::time(test.cpu_time_ms), word::size(test.memory_bytes));
            format!("{}: {verdict}, {}, {time}, {memory}", column.id, word::meaning(verdict))
        }
    };
    Cell { class: word::class(verdict), glyph: word::glyph(verdict), rank: word::rank(verdict), title, begins }
}

/// Share of the points; of the tests, where a problem gives no points.
pub(super) fn percent(student: &Record) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a share to look at")]
    let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    let share = student
        .response()
        .map_or(0.0, |r| if r.max_points > 0.0 { r.points / r.max_points } else { share(student.passed(), r.tests.len()) });
    (share * 100.0).clamp(0.0, 100.0)
}
