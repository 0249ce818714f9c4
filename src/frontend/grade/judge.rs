//! Judges all that is missing, some at once, and keeps each result as it comes.
use super::super::judge::Judge;
use super::super::stop::Stop;
use super::bar::Bar;
use super::journal::Journal;
use super::plan::{Plan, Planned, handed, record};
use super::task::Task;
use crate::model::{ErrorKind, ErrorReport};
use crate::profile::Profiles;
use crate::report::{Outcome, Record};
use crate::submission::Found;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinSet, block_in_place};
use tokio_util::sync::CancellationToken;

/// How long what is under way may take to end once we are stopped.
const STOP_GRACE: Duration = Duration::from_millis(900);

/// What all that are judged have in common.
pub(super) struct Court<J> {
    pub judge: Arc<J>,
    pub task: Task,
    /// The languages that the judge knows.
    pub profiles: fn(&J) -> &Profiles,
}

/// Judges everyone who is missing in the plan, at most `jobs` at once. An error: a result could not be kept.
pub(super) async fn all<J: Judge>(
    court: &Arc<Court<J>>,
    plan: &mut Plan,
    journal: &mut Journal,
    jobs: usize,
    stop: &Stop,
    bar: &Bar,
) -> io::Result<()> {
    let missing: Vec<usize> = (0..plan.students.len()).filter(|i| matches!(plan.students[*i].1, Planned::Missing)).collect();
    let mut missing = missing.into_iter();
    let mut running = JoinSet::new();
    let mut who = std::collections::HashMap::new();
    loop {
        while running.len() < jobs {
            let Some(next) = missing.next() else { break };
            let handle = running.spawn(one(court.clone(), plan.students[next].0.clone(), next as u64, stop.child()));
            who.insert(handle.id(), next);
        }
        let ended = tokio::select! {
            biased;
            () = stop.stopped() => break,
            ended = running.join_next_with_id() => ended,
        };
        let Some(ended) = ended else { break };
        let id = ended.as_ref().map_or_else(tokio::task::JoinError::id, |(id, _)| *id);
        let Some(place) = who.remove(&id) else { continue };
        let result = match ended {
            Ok((_, Some(result))) => result,
            Ok((_, None)) => continue,
            // A bug; but the others' results are good.
            Err(e) => record(&plan.students[place].0, None, Outcome::Error(internal(format!("the judge failed: {e}")))),
        };
        block_in_place(|| journal.append(&result))?;
        bar.done(&result.name, &result.response().map_or_else(|| "not judged".to_owned(), |r| r.verdict.to_string()));
        plan.students[place].1 = Planned::Done(Box::new(result));
    }
    // After a stop: the runs are ended by their tokens, and nothing of them is kept.
    let _ = tokio::time::timeout(STOP_GRACE, running.join_all()).await;
    Ok(())
}

/// One submission's way. `None`: it was stopped.
async fn one<J: Judge>(court: Arc<Court<J>>, found: Found, index: u64, cancel: CancellationToken) -> Option<Record> {
    // Read now, not when the plan was made: a whole class may not fit into memory.
    let reading = {
        let (court, found) = (court.clone(), found.clone());
        tokio::task::spawn_blocking(move || handed(&found, &court.task, (court.profiles)(&court.judge)))
    };
    let handed = match reading.await {
        Ok(Ok(handed)) => handed,
        Ok(Err(problem)) => return Some(record(&found, None, Outcome::Problem(problem.to_string()))),
        Err(e) => return Some(record(&found, None, Outcome::Error(internal(format!("reading it failed: {e}"))))),
    };
    let request = court.task.request(&found.key, &handed);
    let outcome = match court.judge.judge(index, request, cancel, None).await {
        Ok(response) => Outcome::Judged(Box::new(response)),
        Err(error) if error.kind == ErrorKind::Cancelled => return None,
        Err(error) => Outcome::Error(error),
    };
    Some(record(&found, Some((&court.task, &handed)), outcome))
}

fn internal(message: String) -> ErrorReport {
    ErrorReport { kind: ErrorKind::Internal, path: String::new(), message }
}
