//! One submission in detail, as far as its reader may see it.
use super::class::{Excerpt, Record, Report, TestInfo};
use super::diff::{Row, side_by_side};
use super::text::{Room, Shown, label, shown};
use super::word;
use crate::model::{CompileReport, Response, TestReport, Verdict};

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Sees everything.
    Staff,
    /// Sees nothing of a test that isn't `visible` but its verdict, its usage, and what the checker says to contestants.
    Student,
}

/// What is said of one submission.
#[derive(Debug)]
pub(super) struct Detail {
    pub at: usize,
    pub name: String,
    pub key: String,
    pub language: String,
    pub files: Vec<String>,
    pub why_not: String,
    pub result: Option<Judged>,
}

#[derive(Debug)]
pub(super) struct Judged {
    pub verdict: Verdict,
    pub class: &'static str,
    pub meaning: &'static str,
    pub points: String,
    pub max_points: String,
    /// What `points` counts: points or tests.
    pub of: &'static str,
    pub passed: usize,
    pub time: String,
    pub memory: String,
    pub groups: Vec<Group>,
    pub compile: Option<Compiled>,
    pub failed: Option<Failed>,
    pub tests: Vec<Test>,
}

#[derive(Debug)]
pub(super) struct Group {
    pub id: String,
    pub verdict: Verdict,
    pub class: &'static str,
    pub points: String,
    pub max_points: String,
}

#[derive(Debug)]
pub(super) struct Compiled {
    pub verdict: Verdict,
    pub failed: bool,
    pub version: String,
    pub output: Shown,
}

/// The first test that was not passed.
#[derive(Debug)]
pub(super) struct Failed {
    pub id: String,
    pub verdict: Verdict,
    pub class: &'static str,
    pub meaning: &'static str,
    pub message: String,
    pub judge_message: String,
    pub description: String,
    pub hint: String,
    /// Null: not to be seen.
    pub data: Option<Data>,
}

#[derive(Debug)]
pub(super) struct Data {
    pub input: Shown,
    pub input_size: String,
    /// Whether there is an answer to compare with.
    pub compared: bool,
    pub rows: Vec<Row>,
    /// Of the answer, of the output: how long they are; empty output is said so.
    pub answer_size: String,
    pub output_size: String,
    pub output: Shown,
    /// Whether only the heads were compared.
    pub heads: bool,
    pub stderr: Shown,
    /// What was said between the program and an interactor.
    pub transcript: Shown,
}

#[derive(Debug)]
pub(super) struct Test {
    pub id: String,
    pub verdict: Verdict,
    pub class: &'static str,
    pub meaning: &'static str,
    pub points: String,
    pub max_points: String,
    pub time: String,
    pub limit: String,
    pub memory: String,
    pub message: String,
    pub judge_message: String,
}

pub(super) fn detail(report: &Report, at: usize, student: &Record, reader: Reader) -> Detail {
    Detail {
        at,
        name: label(&student.name).into_owned(),
        key: label(&student.key).into_owned(),
        language: student.language.clone().unwrap_or_default(),
        files: student.files.iter().map(|f| label(f).into_owned()).collect(),
        why_not: student.why_not().map(|w| label(&w).into_owned()).unwrap_or_default(),
        result: student.response().map(|r| judged(report, student, r, reader)),
    }
}

fn judged(report: &Report, student: &Record, response: &Response, reader: Reader) -> Judged {
    let info = |i: usize| report.tests.get(i);
    Judged {
        verdict: response.verdict,
        class: word::class(response.verdict),
        meaning: word::meaning(response.verdict),
        points: student.score().0,
        max_points: student.score().1,
        of: if response.max_points > 0.0 { "points" } else { "tests" },
        passed: student.passed(),
        time: word::time(response.cpu_time_ms),
        memory: word::size(response.memory_bytes),
        groups: groups(response),
        compile: response.compile.as_ref().and_then(|c| compiled(c, reader)),
        failed: student.first_failed().map(|(i, test)| failed(i, test, info(i), reader)),
        tests: response.tests.iter().enumerate().map(|(i, t)| one_test(i, t, info(i), reader)).collect(),
    }
}

fn groups(response: &Response) -> Vec<Group> {
    let group = |g: &crate::model::GroupReport| Group {
        id: label(&g.id).into_owned(),
        verdict: g.verdict,
        class: word::class(g.verdict),
        points: word::points(g.points),
        max_points: if g.max_points > 0.0 { word::points(g.max_points) } else { String::new() },
    };
    response.groups.iter().map(group).collect()
}

/// What the compiler said, where it said something.
fn compiled(report: &CompileReport, reader: Reader) -> Option<Compiled> {
    let failed = report.verdict != Verdict::Ok;
    let mut bytes = report.stdout.0.clone();
    bytes.extend_from_slice(&report.stderr.0);
    if reader == Reader::Staff && !report.judge_message.is_empty() {
        bytes.extend_from_slice(format!("\n{}", report.judge_message).as_bytes());
    }
    let mut output = shown(&bytes, Room::MORE);
    output.cut |= report.stdout_truncated || report.stderr_truncated;
    (failed || !output.text.is_empty()).then(|| Compiled {
        verdict: report.verdict,
        failed,
        version: label(&report.version).into_owned(),
        output,
    })
}

/// A secret test is known to students by its number only.
fn name(i: usize, test: &TestReport, visible: bool) -> String {
    if visible { label(&test.id).into_owned() } else { format!("test {}", i + 1) }
}

fn may_see(info: Option<&TestInfo>, reader: Reader) -> bool {
    reader == Reader::Staff || info.is_some_and(|t| t.visible)
}

fn failed(i: usize, test: &TestReport, info: Option<&TestInfo>, reader: Reader) -> Failed {
    let visible = may_see(info, reader);
    let staff = |text: &str| if reader == Reader::Staff { label(text).into_owned() } else { String::new() };
    Failed {
        id: name(i, test, visible),
        verdict: test.verdict,
        class: word::class(test.verdict),
        meaning: word::meaning(test.verdict),
        message: label(&test.message).into_owned(),
        judge_message: staff(&test.judge_message),
        description: info.and_then(|t| t.description.as_deref()).map(staff).unwrap_or_default(),
        hint: info.and_then(|t| t.hint.as_deref()).map(|h| label(h).into_owned()).unwrap_or_default(),
        data: info.filter(|_| visible).map(|info| data(test, info)),
    }
}

fn data(test: &TestReport, info: &TestInfo) -> Data {
    let cut = |excerpt: &Excerpt| excerpt.bytes > excerpt.head.len() as u64;
    let mut input = shown(&info.input.head, Room::SOME);
    input.cut |= cut(&info.input);
    let mut output = shown(&test.stdout.0, Room::SOME);
    output.cut |= test.stdout_truncated;
    let mut stderr = shown(&test.stderr.0, Room::SOME);
    stderr.cut |= test.stderr_truncated;
    // An interactor's answer file is for itself: there is nothing to compare it with.
    let transcript = test.transcript.as_ref();
    let answer = info.answer.as_ref().filter(|_| transcript.is_none());
    Data {
        input,
        input_size: word::size(info.input.bytes),
        compared: answer.is_some(),
        rows: answer.map(|a| side_by_side(&a.head, &test.stdout.0)).unwrap_or_default(),
        answer_size: answer.map(|a| word::size(a.bytes)).unwrap_or_default(),
        output_size: word::size(test.stdout_bytes),
        output,
        heads: answer.is_some_and(cut) || test.stdout_truncated,
        stderr,
        transcript: transcript.map(|t| shown(&t.0, Room::SOME)).unwrap_or_default(),
    }
}

fn one_test(i: usize, test: &TestReport, info: Option<&TestInfo>, reader: Reader) -> Test {
    let ran = test.verdict != Verdict::Sk;
    let usage = |text: String| if ran { text } else { String::new() };
    Test {
        id: name(i, test, may_see(info, reader)),
        verdict: test.verdict,
        class: word::class(test.verdict),
        meaning: word::meaning(test.verdict),
        points: word::points(test.points),
        max_points: if test.max_points > 0.0 { word::points(test.max_points) } else { String::new() },
        time: usage(word::time(test.cpu_time_ms)),
        limit: word::time(test.limits.cpu_time_ms.get()),
        memory: usage(word::size(test.memory_bytes)),
        message: label(&test.message).into_owned(),
        judge_message: if reader == Reader::Staff { label(&test.judge_message).into_owned() } else { String::new() },
    }
}
