//! The progress bar.
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::Duration;

/// On a terminal a bar with the rate and the time that is left; elsewhere nothing.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub fn new(quiet: bool, length: usize) -> Self {
        let seen = !quiet && length > 0 && std::io::stderr().is_terminal();
        let target = if seen { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(length as u64), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len}  {rate}, {eta} left  {wide_msg}") {
            let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                // What can't be drawn is not there to be seen.
                let _ = write!(out, "{:.1}/s", state.per_sec());
            };
            bar.set_style(style.with_key("rate", rate).progress_chars("━╸─"));
        }
        if seen {
            bar.enable_steady_tick(Duration::from_millis(250));
        }
        Self(bar)
    }

    /// One more is done.
    pub fn done(&self, name: &str, result: &str) {
        self.0.inc(1);
        self.0.set_message(format!("{}: {result}", crate::report::label(name)));
    }

    /// Leaves no line behind.
    pub fn clear(&self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}
