//! `assize judge`: read, judge many at once, write.
//!
//! One loop owns all state. It reads a request, waits for a place in the window, and starts a task that judges it and hands
//! the line, place included, to the writer; the place is free again once the line is written. So neither a slow judge nor
//! a slow reader of our output makes memory grow: reading stops instead. While the window is full, a few requests are read
//! ahead, so that a `{"cancel": …}` behind them is seen: a cancel never waits for a place.
use super::ends::Output;
use super::input::{Inputs, Item, Source};
use super::judge::Judge;
use super::progress::{self, Live};
use super::stop::{self, Stop};
use super::tally::Tally;
use super::writer::{Out, write_lines};
use crate::model::{ErrorKind, ErrorLine, ErrorReport, Event, EventLine, Line, Request, UniqueMap};
use std::collections::{HashMap, VecDeque};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::io::AsyncWrite;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{self, JoinSet};
use tokio_util::sync::CancellationToken;

/// How long a judge may take to end a request once the batch is stopped.
const JUDGE_GRACE: Duration = Duration::from_millis(500);
/// How long the whole batch may take to end then: an interrupt is answered within a second.
const STOP_GRACE: Duration = Duration::from_millis(900);
/// Requests read ahead have at most this many bytes together, or are one.
const AHEAD_BYTES: usize = 1 << 20;
const LINES_QUEUED: usize = 64;
const EVENTS_QUEUED: usize = 16;

/// How a batch is run.
#[derive(Debug, Clone)]
pub struct BatchOptions {
    /// Requests under way at once, from started to written; at least 1.
    pub window: usize,
    /// Requests read and held while the window is full; at least 1.
    pub ahead: usize,
    /// Write answers in the input's order.
    pub ordered: bool,
    /// Write events as they happen.
    pub events: bool,
    /// The largest request.
    pub max_request_bytes: usize,
    /// Nothing on stderr but logs.
    pub quiet: bool,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self { window: 4, ahead: 64, ordered: false, events: false, max_request_bytes: 64 << 20, quiet: false }
    }
}

/// Judges all requests of `sources` and writes the answers to stdout. Must run in a tokio runtime with I/O and time.
///
/// When it returns early, a thread of the runtime may still be reading stdin: end with `shutdown_background`.
pub async fn judge_batch<J: Judge>(judge: Arc<J>, sources: Vec<Source>, options: &BatchOptions) -> std::io::Result<Tally> {
    // Without the line buffer of `std::io::stdout`: the writer has its own.
    let output = Output::new(std::io::stdout().as_fd().try_clone_to_owned()?);
    let (stop, live, start) = (Stop::default(), Arc::new(Live::default()), Instant::now());
    let told = progress::wanted(options.quiet);
    let mut watchers = JoinSet::new();
    watchers.spawn(stop::on_signal(stop.clone()));
    stop::on_closed_output(stop.clone());
    if told {
        watchers.spawn(progress::show(live.clone()));
    }
    let inputs = Inputs::new(sources, options.max_request_bytes);
    let tally = run_batch(judge, inputs, output, stop, live, options).await;
    watchers.shutdown().await;
    if told {
        let seconds = start.elapsed().as_secs_f64();
        // stderr may be gone too; there is nobody to tell then.
        let _ = std::io::Write::write_fmt(&mut std::io::stderr(), format_args!("{tally} in {seconds:.1} s\n"));
    }
    Ok(tally)
}

/// The same between any two ends.
async fn run_batch<J: Judge>(
    judge: Arc<J>,
    mut inputs: Inputs,
    output: impl AsyncWrite + Send + Unpin + 'static,
    stop: Stop,
    live: Arc<Live>,
    options: &BatchOptions,
) -> Tally {
    let (lines, queue) = mpsc::channel(LINES_QUEUED);
    let mut writer = tokio::spawn(write_lines(output, queue, options.ordered, stop.clone(), live.clone()));
    let mut batch = Batch {
        judge,
        stop: stop.clone(),
        lines,
        live,
        options,
        window: Arc::new(Semaphore::new(options.window.max(1))),
        next_index: 0,
        ahead: VecDeque::new(),
        ahead_bytes: 0,
        tasks: JoinSet::new(),
        running: HashMap::new(),
    };
    let input = batch.read_and_judge(&mut inputs).await;
    let end = async {
        batch.answer_the_rest().await;
        drop(batch);
        (&mut writer).await
    };
    let overdue = async {
        stop.stopped().await;
        tokio::time::sleep(STOP_GRACE).await;
    };
    let mut tally = tokio::select! {
        tally = end => tally.unwrap_or_default(),
        () = overdue => {
            writer.abort();
            Tally::default()
        }
    };
    if let Err(e) = input {
        tracing::error!("{e}: {}", std::error::Error::source(&e).map(ToString::to_string).unwrap_or_default());
        tally.input_failed = true;
    }
    tally.stopped = stop.reason();
    tally
}

/// How a request is known outside: what every line about it repeats.
#[derive(Debug, Clone)]
struct Name {
    index: u64,
    id: Option<String>,
    labels: Option<UniqueMap<String, serde_json::Value>>,
}

impl Name {
    fn error(self, error: ErrorReport) -> Line {
        Line::Error(ErrorLine { schema: 1, index: self.index, id: self.id, labels: self.labels, error })
    }
}

/// A request that was read and has no place in the window yet.
struct Waiting {
    name: Name,
    bytes: usize,
    /// An error waits for its turn like a request where answers are ordered.
    work: Result<Box<Request>, ErrorReport>,
}

struct Batch<'a, J> {
    judge: Arc<J>,
    stop: Stop,
    lines: mpsc::Sender<Out>,
    live: Arc<Live>,
    options: &'a BatchOptions,
    window: Arc<Semaphore>,
    next_index: u64,
    ahead: VecDeque<Waiting>,
    ahead_bytes: usize,
    tasks: JoinSet<()>,
    running: HashMap<task::Id, (Name, CancellationToken)>,
}

impl<J: Judge> Batch<'_, J> {
    /// Until the input has ended and everything is answered, or the batch is stopped.
    async fn read_and_judge(&mut self, inputs: &mut Inputs) -> Result<(), super::InputError> {
        let stop = self.stop.clone();
        let mut result = Ok(());
        let mut open = true;
        while open || !self.ahead.is_empty() || !self.tasks.is_empty() {
            let room = self.ahead.is_empty() || (self.ahead.len() < self.options.ahead && self.ahead_bytes < AHEAD_BYTES);
            tokio::select! {
                biased;
                () = stop.stopped() => break,
                Some(ended) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => self.reap(ended).await,
                Ok(permit) = self.window.clone().acquire_owned(), if !self.ahead.is_empty() => self.start(permit).await,
                item = inputs.next(), if open && room => match item {
                    Ok(Some(item)) => self.take(item).await,
                    Ok(None) => open = false,
                    Err(e) => {
                        open = false;
                        result = Err(e);
                    }
                },
            }
        }
        result
    }

    async fn take(&mut self, item: Item) {
        let (id, labels, bytes, work) = match item {
            Item::Cancel(id) => return self.cancel(&id).await,
            Item::Request { request, bytes } => (request.id.clone(), request.labels.clone(), bytes, Ok(request)),
            Item::Fault { id, error } => (id, None, 0, Err(error)),
        };
        let name = Name { index: self.next_index, id, labels };
        self.next_index += 1;
        self.wait(Waiting { name, bytes, work }).await;
    }

    async fn wait(&mut self, waiting: Waiting) {
        match waiting.work {
            Err(error) if !self.options.ordered => self.send(Out::new(&waiting.name.error(error), None)).await,
            work => {
                self.ahead_bytes += waiting.bytes;
                self.ahead.push_back(Waiting { work, ..waiting });
            }
        }
    }

    /// Ends every request with this id that was read and not answered.
    async fn cancel(&mut self, id: &str) {
        for (name, token) in self.running.values() {
            if name.id.as_deref() == Some(id) {
                token.cancel();
            }
        }
        let before = std::mem::take(&mut self.ahead);
        self.ahead_bytes = 0;
        for mut waiting in before {
            if waiting.work.is_ok() && waiting.name.id.as_deref() == Some(id) {
                waiting.work = Err(cancelled("cancelled before it was started"));
            }
            self.wait(waiting).await;
        }
    }

    /// The first in the queue has got its place.
    async fn start(&mut self, permit: OwnedSemaphorePermit) {
        let Some(Waiting { name, bytes, work }) = self.ahead.pop_front() else { return };
        self.ahead_bytes -= bytes;
        let request = match work {
            Ok(request) => request,
            Err(error) => return self.send(Out::new(&name.error(error), Some(permit))).await,
        };
        let cancel = self.stop.child();
        let work = Work { judge: self.judge.clone(), stop: self.stop.clone(), lines: self.lines.clone(), name: name.clone() };
        let handle = self.tasks.spawn(work.answer(request, cancel.clone(), self.options.events, permit));
        self.running.insert(handle.id(), (name, cancel));
        self.live.running.fetch_add(1, Ordering::Relaxed);
    }

    /// A task has ended. A panic is a bug, but no reason to leave the caller without an answer.
    async fn reap(&mut self, ended: Result<(task::Id, ()), task::JoinError>) {
        let id = ended.as_ref().map_or_else(task::JoinError::id, |(id, ())| *id);
        self.live.running.fetch_sub(1, Ordering::Relaxed);
        if let (Some((name, _)), Err(e)) = (self.running.remove(&id), ended) {
            let error = ErrorReport { kind: ErrorKind::Internal, path: String::new(), message: format!("the judge failed: {e}") };
            self.send(Out::new(&name.error(error), None)).await;
        }
    }

    /// Waits for the writer, but not past a stop.
    async fn send(&self, out: Out) {
        if let Err(TrySendError::Full(out)) = self.lines.try_send(out) {
            tokio::select! {
                biased;
                () = self.stop.stopped() => {}
                _ = self.lines.send(out) => {}
            }
        }
    }

    /// After a stop: whatever was read gets its line, if there is still somebody to take it.
    async fn answer_the_rest(&mut self) {
        for Waiting { name, work, .. } in std::mem::take(&mut self.ahead) {
            let error = work.err().unwrap_or_else(|| cancelled("interrupted before it was started"));
            if self.lines.send(Out::new(&name.error(error), None)).await.is_err() {
                break;
            }
        }
        while let Some(ended) = self.tasks.join_next_with_id().await {
            self.reap(ended).await;
        }
    }
}

/// What a task needs to answer its request.
struct Work<J> {
    judge: Arc<J>,
    stop: Stop,
    lines: mpsc::Sender<Out>,
    name: Name,
}

impl<J: Judge> Work<J> {
    async fn answer(self, request: Box<Request>, cancel: CancellationToken, events: bool, permit: OwnedSemaphorePermit) {
        let index = self.name.index;
        let line = match self.judge(*request, cancel, events).await {
            Ok(mut response) => {
                response.index = index;
                Line::Response(Box::new(response))
            }
            Err(error) => self.name.error(error),
        };
        // Fails only once the writer is gone, and then nobody misses the line.
        let _ = self.lines.send(Out::new(&line, Some(permit))).await;
    }

    /// Events are passed on beside the judging, not between its steps: a slow reader must not keep the judge from its clocks.
    async fn judge(&self, request: Request, cancel: CancellationToken, events: bool) -> Result<crate::model::Response, ErrorReport> {
        let (sender, receiver) = mpsc::channel(EVENTS_QUEUED);
        let judging = self.judge.judge(self.name.index, request, cancel, events.then_some(sender));
        let passing = self.pass_events(receiver);
        let overdue = async {
            self.stop.stopped().await;
            tokio::time::sleep(JUDGE_GRACE).await;
        };
        tokio::select! {
            // Both, so that every event is out before the answer.
            (result, ()) = async { tokio::join!(judging, passing) } => result,
            () = overdue => Err(cancelled("interrupted")),
        }
    }

    async fn pass_events(&self, mut events: mpsc::Receiver<Event>) {
        while let Some(event) = events.recv().await {
            let line = EventLine { schema: 1, index: self.name.index, id: self.name.id.clone(), event };
            if self.lines.send(Out::new(&Line::Event(line), None)).await.is_err() {
                return;
            }
        }
    }
}

fn cancelled(message: &str) -> ErrorReport {
    ErrorReport { kind: ErrorKind::Cancelled, path: String::new(), message: message.into() }
}

#[cfg(test)]
#[path = "batch_tests.rs"]
mod tests;
