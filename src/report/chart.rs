//! The pictures: places of marks, to be drawn as SVG by the page.
#![expect(clippy::cast_precision_loss, reason = "places in a picture")]
use super::class::Report;
use super::matrix::percent;
use super::text::label;
use super::word;
use crate::model::Verdict;

/// How many students reached how many points.
#[derive(Debug)]
pub(super) struct Histogram {
    pub bars: Vec<Bar>,
    /// What is counted: `points`, or `tests passed` in percent.
    pub of: &'static str,
    pub ticks: Vec<Tick>,
}

#[derive(Debug)]
pub(super) struct Bar {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub count: usize,
    pub title: String,
    /// Everything, or nothing: drawn apart.
    pub class: &'static str,
}

#[derive(Debug)]
pub(super) struct Tick {
    pub x: f64,
    pub text: String,
}

/// The picture's width, and the height of the highest bar.
pub(super) const WIDTH: f64 = 560.0;
const HIGHEST: f64 = 200.0;
const FLOOR: f64 = 222.0;
const BINS: usize = 10;

/// Nothing and everything have bars of their own at the ends; tenths between.
pub(super) fn histogram(report: &Report) -> Histogram {
    let judged: Vec<f64> = report.students.iter().filter(|s| s.response().is_some()).map(percent).collect();
    let most = report.students.iter().filter_map(|s| s.response()).map(|r| r.max_points).fold(0.0, f64::max);
    let bin = |p: f64| match p {
        p if p <= 0.0 => 0,
        p if p >= 100.0 => BINS + 1,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 9")]
        p => 1 + ((p / 10.0) as usize).min(BINS - 1),
    };
    let mut counts = [0_usize; BINS + 2];
    for p in judged {
        counts[bin(p)] += 1;
    }
    let highest = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / counts.len() as f64;
    let value = |percent: usize| if most > 0.0 { word::points(most * percent as f64 / 100.0) } else { format!("{percent} %") };
    let bar = |(i, &count): (usize, &usize)| {
        let height = HIGHEST * count as f64 / highest;
        let (range, class) = match i {
            0 => (value(0), "zero"),
            i if i == BINS + 1 => (value(100), "full"),
            i => (format!("{} to {}", value((i - 1) * 10), value(i * 10)), "some"),
        };
        let title = format!("{range}: {count} {}", if count == 1 { "student" } else { "students" });
        Bar { x: i as f64 * step + 3.0, y: FLOOR - height, width: step - 6.0, height, count, title, class }
    };
    let tick = |i: usize| Tick { x: (i as f64 + 0.5) * step, text: value(if i == 0 { 0 } else { 100 }) };
    let between = (0..=BINS).step_by(5).map(|i| Tick { x: (i as f64 + 1.0) * step, text: value(i * 10) });
    let ticks = [tick(0), tick(BINS + 1)].into_iter().chain(between.filter(|t| t.x > 1.5 * step && t.x < WIDTH - 1.5 * step)).collect();
    Histogram { bars: counts.iter().enumerate().map(bar).collect(), of: if most > 0.0 { "points" } else { "tests passed" }, ticks }
}

/// For each test, every student's time as a part of his limit.
#[derive(Debug)]
pub(super) struct Strips {
    pub rows: Vec<Strip>,
    pub height: f64,
    pub scale: Vec<Tick>,
    pub left: f64,
    pub limit_x: f64,
}

#[derive(Debug)]
pub(super) struct Strip {
    pub y: f64,
    pub id: String,
    pub marks: Vec<Mark>,
}

#[derive(Debug)]
pub(super) struct Mark {
    pub x: f64,
    pub y: f64,
    /// `pass`, `slow` (over the limit), `fail`: each has its own shape.
    pub class: &'static str,
    pub title: String,
}

const STRIPS_LEFT: f64 = 120.0;
const STRIPS_TOP: f64 = 8.0;
/// The limit stands at 100 %, and the picture ends a little beyond it.
const BEYOND: f64 = 1.15;

pub(super) fn strips(report: &Report) -> Strips {
    let row = if report.tests.len() > 40 { 14.0 } else { 20.0 };
    let place = |share: f64| STRIPS_LEFT + (WIDTH - STRIPS_LEFT - 8.0) * share.clamp(0.0, BEYOND) / BEYOND;
    let strip = |(i, test): (usize, &super::class::TestInfo)| {
        let y = STRIPS_TOP + (i as f64 + 0.5) * row;
        let marks = report.students.iter().enumerate().filter_map(|(s, student)| {
            let result = student.response()?.tests.get(i).filter(|t| t.verdict != Verdict::Sk)?;
            let slow = result.verdict == Verdict::Tle;
            let by_wall = matches!(result.reason, Some(crate::model::Reason::WallTime));
            let (used, limit) = if by_wall {
                (result.wall_time_ms, result.limits.wall_time_ms.get())
            } else {
                (result.cpu_time_ms, result.limits.cpu_time_ms.get())
            };
            let clock = if by_wall { "of wall time " } else { "" };
            Some(Mark {
                x: place(used / limit),
                // Spread a little, so that equal times are not one mark.
                y: y + ((s * 7) % 5) as f64 * row / 12.0 - row / 6.0,
                class: if slow {
                    "slow"
                } else if result.verdict.passed() {
                    "pass"
                } else {
                    "fail"
                },
                title: format!(
                    "{}, {}: {} {clock}of {} ({})",
                    label(&student.name),
                    label(&test.id),
                    word::time(used),
                    word::time(limit),
                    result.verdict
                ),
            })
        });
        Strip { y, id: short_id(&test.id), marks: marks.collect() }
    };
    Strips {
        rows: report.tests.iter().enumerate().map(strip).collect(),
        height: STRIPS_TOP + report.tests.len() as f64 * row + 22.0,
        scale: [0, 25, 50, 75, 100].map(|p| Tick { x: place(f64::from(p) / 100.0), text: format!("{p} %") }).into(),
        left: STRIPS_LEFT,
        limit_x: place(1.0),
    }
}

/// The end of a long id: that is where tests differ.
fn short_id(id: &str) -> String {
    let id = label(id);
    let n = id.chars().count();
    if n <= 17 { id.into_owned() } else { format!("…{}", id.chars().skip(n - 16).collect::<String>()) }
}
