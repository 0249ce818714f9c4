//! From the command line's options to a judge that is ready.
use super::Judge;
use super::host::Host;
use crate::cli::{JudgeArgs, JudgingArgs};
use crate::judge;
use crate::judge::cache::Cache;
use crate::model::{ErrorReport, Event, Request, Response};
use crate::pool::Opener;
use crate::profile::Profiles;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How much the compile cache may take, in bytes.
const CACHE_BYTES: u64 = 1 << 30;

/// The judge, as the front ends see it.
#[derive(Debug, Clone)]
pub struct RealJudge(Arc<judge::Judge>);

impl Judge for RealJudge {
    async fn judge(
        &self,
        index: u64,
        request: Request,
        cancel: CancellationToken,
        events: Option<mpsc::Sender<Event>>,
    ) -> Result<Response, ErrorReport> {
        self.0.judge(index, request, cancel, events).await
    }
}

impl RealJudge {
    /// The languages it knows.
    pub(super) fn profiles(&self) -> &Profiles {
        &self.0.profiles
    }

    /// Ends every slot and waits until nothing is left of any.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

/// Makes the judge; called inside the runtime. An error here means arguments or a host that can't be used (exit status 2).
pub fn open_judge(args: &JudgeArgs) -> anyhow::Result<Arc<RealJudge>> {
    let root = args.files_root.as_ref().map(|dir| dir.canonicalize()).transpose();
    let root = root.map_err(|e| anyhow::anyhow!("--files-root {}: {e}", args.files_root.clone().unwrap_or_default().display()))?;
    open(&args.judging, Opener::new(root), !args.no_paths)
}

/// The same for requests of our own, which name files wherever they are.
pub(super) fn open_own_judge(args: &JudgingArgs) -> anyhow::Result<Arc<RealJudge>> {
    open(args, Opener::new(None), true)
}

fn open(args: &JudgingArgs, opener: Opener, paths: bool) -> anyhow::Result<Arc<RealJudge>> {
    let host = Host::find(&args.host)?;
    let profiles = host.profiles(&args.host.profiles)?;
    let cache = if args.no_cache { None } else { cache(args.cache_dir.clone()) };
    let judge = judge::Judge { profiles, pool: host.pool(args.workers(), true)?, cache, opener, paths };
    Ok(Arc::new(RealJudge(Arc::new(judge))))
}

/// Going without a cache is slower, not wrong: said, and done.
fn cache(dir: Option<PathBuf>) -> Option<Arc<Cache>> {
    let Some(dir) = dir.or_else(|| crate::profile::cache_directory().map(|c| c.join("artifacts"))) else {
        tracing::warn!("there is no cache directory (neither XDG_CACHE_HOME nor HOME is set): every program is compiled anew");
        return None;
    };
    match Cache::open(dir, CACHE_BYTES) {
        Ok(cache) => Some(Arc::new(cache)),
        Err(e) => {
            tracing::warn!("every program is compiled anew: {e}");
            None
        }
    }
}
