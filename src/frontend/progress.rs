//! The progress line on a terminal.
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counters that are looked at while the batch runs.
#[derive(Debug, Default)]
pub(super) struct Live {
    /// Requests whose line was written.
    pub answered: AtomicU64,
    /// Requests being judged.
    pub running: AtomicU64,
}

/// Whether there is someone at stderr to tell.
pub(super) fn wanted(quiet: bool) -> bool {
    !quiet && std::io::stderr().is_terminal()
}

/// Draws the line until dropped. Only where stderr is a terminal and stdout isn't: else the answers themselves are the
/// progress, and the two would write over each other.
pub(super) async fn show(live: Arc<Live>) {
    if std::io::stdout().is_terminal() {
        return;
    }
    let bar = Bar(ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
        bar.0.set_style(style);
    }
    let start = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    loop {
        tick.tick().await;
        let answered = live.answered.load(Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "a rate to look at")]
        let rate = answered as f64 / start.elapsed().as_secs_f64().max(0.001);
        bar.0.set_message(format!("{answered} answered, {} in flight, {rate:.1}/s", live.running.load(Ordering::Relaxed)));
        bar.0.tick();
    }
}

/// Leaves no line behind when its task is ended.
struct Bar(ProgressBar);

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
