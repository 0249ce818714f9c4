//! The pages.
use super::chart::{Histogram, Strips, WIDTH, histogram, strips};
use super::class::{Record, Report};
use super::detail::{Detail, Reader, detail};
use super::matrix::{Column, Row, Span, columns, percent, rows, spans};
use super::text::label;
use super::word;
use crate::model::Verdict;
use askama::Template;
use base64::Engine as _;
use sha2::{Digest as _, Sha256};

const STYLE: &str = include_str!("templates/style.css");
const SCRIPT: &str = include_str!("templates/report.js");

#[derive(Template)]
#[template(path = "report.html", config = "src/report/askama.toml")]
struct Page<'a> {
    head: Head,
    title: String,
    package: String,
    made: &'a str,
    sandbox: String,
    tiles: Vec<Tile>,
    verdicts: Vec<Share>,
    columns: &'a [Column],
    spans: Vec<Span>,
    rows: Vec<Row>,
    legend: Vec<Legend>,
    histogram: Histogram,
    strips: Strips,
    chart_width: f64,
    details: Vec<Detail>,
    tests: usize,
    /// Whether the problem gives points. Where it gives none, tests that passed stand in their column.
    scored: bool,
    narrow: bool,
}

#[derive(Template)]
#[template(path = "feedback.html", config = "src/report/askama.toml")]
struct Feedback<'a> {
    head: Head,
    title: String,
    made: &'a str,
    d: Detail,
    tests: usize,
}

/// What both pages begin with. The policy allows this very style and this very script, nothing else, and no network.
struct Head {
    policy: String,
    style: &'static str,
    script: &'static str,
}

impl Head {
    fn new(script: &'static str) -> Self {
        let hash = |text: &str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes()));
        let scripts = if script.is_empty() { String::new() } else { format!(" script-src 'sha256-{}';", hash(script)) };
        let policy = format!("default-src 'none'; style-src 'sha256-{}';{scripts} base-uri 'none'; form-action 'none'", hash(STYLE));
        Self { policy, style: STYLE, script }
    }
}

struct Tile {
    value: String,
    of: String,
    label: &'static str,
}

/// How many have a verdict, and the part of the bar that is theirs.
struct Share {
    verdict: &'static str,
    class: &'static str,
    meaning: &'static str,
    count: usize,
    x: f64,
    width: f64,
}

struct Legend {
    glyph: &'static str,
    class: &'static str,
    meaning: &'static str,
}

/// The report for the staff: everything, in one file.
pub fn html(report: &Report) -> Result<String, askama::Error> {
    let columns = columns(report);
    let sandbox = report.students.iter().find_map(|s| s.response()).map(|r| &r.sandbox);
    Page {
        head: Head::new(SCRIPT),
        title: label(&report.title).into_owned(),
        package: label(&report.package).into_owned(),
        made: &report.made,
        sandbox: sandbox.map(|s| format!("limits by {}", s.limits)).unwrap_or_default(),
        tiles: tiles(report),
        verdicts: verdicts(report),
        spans: spans(report),
        rows: rows(report, &columns),
        legend: legend(report),
        histogram: histogram(report),
        strips: strips(report),
        chart_width: WIDTH,
        details: report.students.iter().enumerate().map(|(i, s)| detail(report, i, s, Reader::Staff)).collect(),
        tests: report.tests.len(),
        scored: most_points(report) > 0.0,
        narrow: report.tests.len() > 24,
        columns: &columns,
    }
    .render()
}

/// What one student may see of his own submission.
pub fn feedback(report: &Report, student: &Record) -> Result<String, askama::Error> {
    Feedback {
        head: Head::new(""),
        title: label(&report.title).into_owned(),
        made: &report.made,
        d: detail(report, 0, student, Reader::Student),
        tests: report.tests.len(),
    }
    .render()
}

/// What can be reached; 0 where a problem gives no points.
fn most_points(report: &Report) -> f64 {
    report.students.iter().filter_map(|s| s.response()).map(|r| r.max_points).fold(0.0, f64::max)
}

fn tiles(report: &Report) -> Vec<Tile> {
    let judged: Vec<&Record> = report.students.iter().filter(|s| s.response().is_some()).collect();
    let all = report.students.len();
    let accepted = judged.iter().filter(|s| s.response().is_some_and(|r| r.verdict.passed())).count();
    let mut shares: Vec<f64> = judged.iter().map(|s| percent(s)).collect();
    shares.sort_by(f64::total_cmp);
    let median = match shares.len() {
        0 => 0.0,
        n if n % 2 == 1 => shares[n / 2],
        n => f64::midpoint(shares[n / 2 - 1], shares[n / 2]),
    };
    let most = most_points(report);
    let (median, of) = if most > 0.0 {
        (word::points(median / 100.0 * most), format!("of {} points", word::points(most)))
    } else {
        (format!("{median:.0} %"), "of the tests passed".to_owned())
    };
    vec![
        Tile { value: all.to_string(), of: String::new(), label: "submissions" },
        Tile { value: accepted.to_string(), of: format!("of {all}"), label: "accepted" },
        Tile { value: median, of, label: "median" },
        Tile { value: (all - judged.len()).to_string(), of: String::new(), label: "not judged" },
    ]
}

fn verdicts(report: &Report) -> Vec<Share> {
    let count = |v: Verdict| report.students.iter().filter(|s| s.response().is_some_and(|r| r.verdict == v)).count();
    let mut counts: Vec<(&'static str, &'static str, &'static str, usize)> =
        word::ALL.iter().map(|v| (name(*v), word::class(*v), word::meaning(*v), count(*v))).collect();
    counts.push(("?", "none", "not judged", report.students.iter().filter(|s| s.response().is_none()).count()));
    #[expect(clippy::cast_precision_loss, reason = "a share of a bar")]
    let part = |n: usize| 1000.0 * n as f64 / report.students.len().max(1) as f64;
    let mut x = 0.0;
    let mut share = |(verdict, class, meaning, count)| {
        let share = Share { verdict, class, meaning, count, x, width: part(count) };
        x += share.width;
        share
    };
    counts.into_iter().filter(|(.., n)| *n > 0).map(&mut share).collect()
}

/// What the cells of this report mean.
fn legend(report: &Report) -> Vec<Legend> {
    let there = |v: Verdict| report.students.iter().filter_map(|s| s.response()).any(|r| r.tests.iter().any(|t| t.verdict == v));
    let entry = |v: &Verdict| Legend { glyph: word::glyph(*v), class: word::class(*v), meaning: word::meaning(*v) };
    word::ALL.iter().filter(|v| there(**v)).map(entry).collect()
}

const fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ac => "AC",
        Verdict::Wa => "WA",
        Verdict::Pe => "PE",
        Verdict::Pc => "PC",
        Verdict::Ok => "OK",
        Verdict::Ce => "CE",
        Verdict::Tle => "TLE",
        Verdict::Mle => "MLE",
        Verdict::Ole => "OLE",
        Verdict::Re => "RE",
        Verdict::Sv => "SV",
        Verdict::Ie => "IE",
        Verdict::Sk => "SK",
    }
}
