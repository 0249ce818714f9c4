//! The one task that writes: whole lines, many in one call when they come fast, at once when they don't.
use super::progress::Live;
use super::stop::{Reason, Stop};
use super::tally::Tally;
use crate::model::{ErrorKind, Line, Verdict};
use std::collections::BTreeMap;
use std::io::ErrorKind as IoKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, mpsc};

const BATCH_BYTES: usize = 64 << 10;

/// What a line says, for the counts.
#[derive(Debug, Clone, Copy)]
enum Says {
    Verdict(Verdict),
    Error(ErrorKind),
    Event,
}

/// A line on its way out.
#[derive(Debug)]
pub(super) struct Out {
    index: u64,
    says: Says,
    text: Vec<u8>,
    /// The request's place in the window, given back (dropped) once the line is written.
    _permit: Option<OwnedSemaphorePermit>,
}

impl Out {
    /// Makes the text, so that the writer need not.
    pub fn new(line: &Line, permit: Option<OwnedSemaphorePermit>) -> Self {
        let (index, says) = match line {
            Line::Response(response) => (response.index, Says::Verdict(response.verdict)),
            Line::Error(error) => (error.index, Says::Error(error.error.kind)),
            Line::Event(event) => (event.index, Says::Event),
        };
        let (says, mut text) = match serde_json::to_vec(line) {
            Ok(text) => (says, text),
            Err(e) => {
                let error = serde_json::json!({"kind": "internal", "path": "", "message": format!("the answer can't be written: {e}")});
                let line = serde_json::json!({"schema": 1, "index": index, "id": null, "error": error});
                (Says::Error(ErrorKind::Internal), line.to_string().into_bytes())
            }
        };
        text.push(b'\n');
        Self { index, says, text, _permit: permit }
    }
}

/// Writes what comes until all senders are gone or writing fails. With `ordered`, answers leave by index; the window
/// bounds how many of them are held back. Events are never held.
pub(super) async fn write_lines(
    mut to: impl AsyncWrite + Unpin,
    mut lines: mpsc::Receiver<Out>,
    ordered: bool,
    stop: Stop,
    live: Arc<Live>,
) -> Tally {
    let mut tally = Tally::default();
    let mut order = ordered.then(Order::default);
    let mut ready: Vec<Out> = Vec::new();
    let mut text = Vec::new();
    let mut open = true;
    while open {
        let mut arrived = lines.recv().await;
        open = arrived.is_some();
        if let (false, Some(order)) = (open, &mut order) {
            order.give_up(&mut ready);
        }
        let mut taken = 0;
        loop {
            match (arrived.take(), &mut order) {
                (Some(out), Some(order)) if !matches!(out.says, Says::Event) => order.insert(out, &mut ready),
                (Some(out), _) => ready.push(out),
                (None, _) => {}
            }
            for out in ready.iter().skip(taken) {
                text.extend_from_slice(&out.text);
            }
            taken = ready.len();
            arrived = if text.len() < BATCH_BYTES { lines.try_recv().ok() } else { None };
            if arrived.is_none() {
                break;
            }
        }
        if let Err(e) = write(&mut to, &text).await {
            if e.kind() == IoKind::BrokenPipe {
                stop.stop(Reason::OutputClosed);
            } else {
                tracing::error!("failed to write the answers: {e}");
                stop.stop(Reason::OutputFailed);
            }
            return tally;
        }
        for out in ready.drain(..) {
            match out.says {
                Says::Verdict(verdict) => tally.verdict(verdict),
                Says::Error(kind) => tally.error(kind),
                Says::Event => continue,
            }
            live.answered.fetch_add(1, Ordering::Relaxed);
        }
        text.clear();
        text.shrink_to(BATCH_BYTES);
    }
    tally
}

/// Holds back what came before its turn.
#[derive(Default)]
struct Order {
    next: u64,
    held: BTreeMap<u64, Out>,
}

impl Order {
    fn insert(&mut self, out: Out, ready: &mut Vec<Out>) {
        self.held.insert(out.index, out);
        while let Some(out) = self.held.remove(&self.next) {
            self.next += 1;
            ready.push(out);
        }
    }

    /// Nothing more comes: only a request that was given up can have left a gap.
    fn give_up(&mut self, ready: &mut Vec<Out>) {
        ready.extend(std::mem::take(&mut self.held).into_values());
    }
}

async fn write(to: &mut (impl AsyncWrite + Unpin), text: &[u8]) -> std::io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    to.write_all(text).await?;
    to.flush().await
}
