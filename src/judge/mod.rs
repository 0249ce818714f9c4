//! One request in, one response out.
//!
//! `pipeline` is the whole way: contents are looked at (`content`; large files by `patient`), the program compiled (`compile`, `cache`), each test
//! run (`course`, `test`, `pass`, `execute`), its files collected (`collect`), its output compared as it comes (`checker`) or by a
//! program of the request's own (`custom`), its verdict decided from evidence alone (`decide`), and all of it added up
//! (`scoring`, `report`).
//!
//! Invariant: the contestant's faults are verdicts, ours are IE or an error; nothing a run wrote is trusted, and nothing
//! of it is opened before the run is dead.
#![forbid(unsafe_code)]

pub mod cache;
pub mod checker;
mod collect;
mod command;
mod compile;
mod content;
mod course;
mod custom;
pub mod decide;
mod execute;
mod pass;
mod patient;
mod pipeline;
mod report;
pub mod scoring;
mod spec;
mod test;

use crate::model::{ErrorReport, Event, Request, Response};
use crate::pool::{Opener, Pool};
use crate::profile::Profiles;
use cache::Cache;
pub use command::{Command, LeftBox, run_command};
use std::sync::Arc;
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

/// What judges are made of.
#[derive(Debug)]
pub struct Judge {
    /// Languages and policies.
    pub profiles: Profiles,
    /// Where runs are run.
    pub pool: Pool,
    /// None: every program is compiled.
    pub cache: Option<Arc<Cache>>,
    /// Opens the caller's files.
    pub opener: Opener,
    /// Whether requests may name files at all.
    pub paths: bool,
}

impl Judge {
    /// Judges one request. On `cancel` its runs are ended and the error is `cancelled`.
    pub async fn judge(
        self: &Arc<Self>,
        index: u64,
        request: Request,
        cancel: CancellationToken,
        events: Option<Sender<Event>>,
    ) -> Result<Response, ErrorReport> {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(pipeline::cancelled()),
            answer = self.clone().answer(index, request, events) => answer,
        }
    }

    /// Ends everything and waits until nothing is left.
    pub async fn close(&self) {
        self.opener.close().await;
        self.pool.close().await;
    }
}
