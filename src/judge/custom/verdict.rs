//! From a judging program's end to what it says: pure functions, no clocks, no I/O.
//!
//! Only what the protocol names is an answer. All else the program does (another status, a signal, a limit passed, a file
//! that can't be understood) is IE with its stderr for the staff, never a contestant's verdict.
use super::feedback::{Feedback, Told};
use crate::judge::checker::Comparison;
use crate::judge::decide::crash;
use crate::judge::scoring::Credit;
use crate::model::{Protocol, Verdict};
use crate::sandbox::End;

/// How a judging program's run ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended<'a> {
    /// `checker` or `interactor`.
    pub who: &'a str,
    /// Its first process.
    pub end: End,
    /// The limit or rule it broke.
    pub broken: Option<&'a str>,
    /// The head of its stderr.
    pub stderr: &'a [u8],
    /// What it left in the feedback directory (`icpc`).
    pub feedback: &'a Feedback,
}

/// Whether another pass may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::judge) enum Passes {
    /// The request does not say `passes`.
    Single,
    /// There may be another.
    Left,
    /// This was the last of so many.
    Last(u32),
}

/// What it says.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::judge) struct Said {
    pub comparison: Comparison,
    /// It accepts this pass, and asks for another.
    pub again: bool,
}

impl Said {
    pub(super) const fn finally(comparison: Comparison) -> Self {
        Self { comparison, again: false }
    }
}

/// What the program says. `points`: the most that the test can give.
pub(super) fn said(protocol: Protocol, ended: &Ended, points: Option<f64>, passes: Passes) -> Said {
    let answer = match (ended.broken, ended.end) {
        (Some(what), _) => Err(what.to_owned()),
        (None, End::Exited(status)) => match protocol {
            Protocol::Icpc => icpc(status, ended.feedback, points, passes),
            Protocol::Testlib => testlib(status, ended.stderr, points).map(Said::finally),
        },
        (None, end) => Err(crash(end).map_or_else(String::new, |decision| decision.message)),
    };
    answer.map_or_else(|what| Said::finally(failed(&what, ended)), |said| explained(said, protocol, ended))
}

/// The judging program failed: it is not known whether the submission is right.
fn failed(what: &str, ended: &Ended) -> Comparison {
    let mut judge_message = format!("the {} failed: {what}", ended.who);
    for (name, text) in [("stderr", ended.stderr), ("judgemessage.txt", ended.feedback.judge.bytes())] {
        if !text.is_empty() {
            judge_message.extend(["\n", name, ": ", String::from_utf8_lossy(text).trim_end()]);
        }
    }
    Comparison { message: "internal error: not the program's fault".into(), judge_message, ..Comparison::new(Verdict::Ie) }
}

fn explained(mut said: Said, protocol: Protocol, ended: &Ended) -> Said {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let comparison = &mut said.comparison;
    let feedback = ended.feedback;
    comparison.message = match (text(feedback.team.bytes()), comparison.verdict) {
        (team, _) if !team.is_empty() => team,
        (_, Verdict::Wa) => "wrong answer".into(),
        (_, Verdict::Pe) => "presentation error".into(),
        (_, Verdict::Pc) => "partly correct".into(),
        _ => String::new(),
    };
    comparison.judge_message = match (protocol, text(feedback.judge.bytes())) {
        (Protocol::Icpc, judge) if !judge.is_empty() => judge,
        _ => text(ended.stderr),
    };
    said
}

/// Exit status 42 or 43, and files in the feedback directory.
fn icpc(status: i32, feedback: &Feedback, points: Option<f64>, passes: Passes) -> Result<Said, String> {
    let again = feedback.next_pass != Told::Nothing;
    match status {
        42 if again => match passes {
            Passes::Left if feedback.next_pass == Told::Odd => Err("nextpass.in is not a plain file".into()),
            Passes::Left => Ok(Said { comparison: Comparison::new(Verdict::Ac), again: true }),
            Passes::Last(most) => Err(format!("it asks for another pass after {most}, which are all that `passes` allows")),
            Passes::Single => Err("it wrote nextpass.in, but the request has no `passes`".into()),
        },
        42 => icpc_credit(feedback, points).map(|credit| Said::finally(accepted(credit, points))),
        43 if again => Err("it wrote nextpass.in, but exited with 43 and not with 42".into()),
        43 if feedback.score != Told::Nothing || feedback.multiplier != Told::Nothing => {
            Err("it gave a score, but exited with 43 and not with 42".into())
        }
        43 => Ok(Said::finally(Comparison::new(Verdict::Wa))),
        other => Err(format!("exit status {other}, where 42 (accepted) or 43 (wrong answer) is expected")),
    }
}

fn icpc_credit(feedback: &Feedback, points: Option<f64>) -> Result<Option<Credit>, String> {
    let number = |file: &str, told: &Told| match told {
        Told::Text(bytes) => std::str::from_utf8(bytes)
            .ok()
            .and_then(finite)
            .ok_or_else(|| format!("{file} does not hold a number: {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)]))),
        _ => Err(format!("{file} is not a plain file")),
    };
    match (&feedback.score, &feedback.multiplier) {
        (Told::Nothing, Told::Nothing) => Ok(None),
        (score, Told::Nothing) => absolute("score.txt", number("score.txt", score)?, points).map(Some),
        (Told::Nothing, multiplier) => match number("score_multiplier.txt", multiplier)? {
            part if (0.0..=1.0).contains(&part) => Ok(Some(Credit::Fraction(part))),
            part => Err(format!("score_multiplier.txt holds {part}, which is not from 0 to 1")),
        },
        _ => Err("it wrote both score.txt and score_multiplier.txt".into()),
    }
}

/// testlib's exit statuses, compiled with `PC_BASE_EXIT_CODE` 50 for those of partial points.
fn testlib(status: i32, stderr: &[u8], points: Option<f64>) -> Result<Comparison, String> {
    match status {
        0 => Ok(Comparison::new(Verdict::Ac)),
        1 => Ok(Comparison::new(Verdict::Wa)),
        2 | 4 | 8 => Ok(Comparison::new(Verdict::Pe)),
        3 => Err("exit status 3: it says so itself".into()),
        7 => {
            let given = stated_points(stderr).ok_or("exit status 7, but its stderr has no line `points X`")?;
            Ok(accepted(Some(absolute("stderr", given, points)?), points))
        }
        50..=250 => Ok(accepted(Some(Credit::Fraction(f64::from(status - 50) / 200.0)), points)),
        other => Err(format!("exit status {other}, which is none of testlib's")),
    }
}

/// `points X`, at the start of a line.
fn stated_points(stderr: &[u8]) -> Option<f64> {
    let text = String::from_utf8_lossy(stderr);
    let stated = text.lines().find_map(|line| line.trim_start().strip_prefix("points "))?;
    finite(stated.split_whitespace().next()?)
}

/// A plain decimal number; not `inf`, `nan`, nor one too great for a double.
fn finite(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace());
    text.parse::<f64>().ok().filter(|n| n.is_finite())
}

fn absolute(place: &str, given: f64, most: Option<f64>) -> Result<Credit, String> {
    match most {
        _ if given < 0.0 => Err(format!("{place}: {given} points are less than none")),
        // Without a maximum the points count as they are; the bound is that of the request's own points.
        None if given > 1e9 => Err(format!("{place}: {given} points are more than can be (1e9)")),
        Some(most) if given > most => Err(format!("{place}: {given} points are more than the test's `points` ({most})")),
        _ => Ok(Credit::Points(given)),
    }
}

/// Accepted, with all of the points or a part of them.
fn accepted(credit: Option<Credit>, most: Option<f64>) -> Comparison {
    let whole = match credit {
        None => true,
        Some(Credit::Fraction(part)) => part >= 1.0,
        Some(Credit::Points(points)) => most.is_none_or(|most| points >= most),
    };
    Comparison { credit, ..Comparison::new(if whole { Verdict::Ac } else { Verdict::Pc }) }
}

#[cfg(test)]
mod tests;
