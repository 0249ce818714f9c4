//! What ends a batch early: a signal, or a reader of our output that went away.
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::os::fd::AsFd as _;
use std::sync::{Arc, OnceLock};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Why a batch was ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    /// A signal, by number.
    Signal(u8),
    /// Nobody reads our output any more.
    OutputClosed,
    /// Our output can't be written (a full disk).
    OutputFailed,
}

/// A switch that is thrown once, with a reason. Clones are the same switch.
#[derive(Debug, Clone, Default)]
pub(super) struct Stop {
    token: CancellationToken,
    reason: Arc<OnceLock<Reason>>,
}

impl Stop {
    /// Throws the switch; only the first reason counts.
    pub fn stop(&self, reason: Reason) {
        let _ = self.reason.set(reason);
        self.token.cancel();
    }

    /// Why it was thrown, if it was.
    pub fn reason(&self) -> Option<Reason> {
        self.reason.get().copied()
    }

    /// Waits until it is thrown.
    pub async fn stopped(&self) {
        self.token.cancelled().await;
    }

    /// A token that fires with it, or alone.
    pub fn child(&self) -> CancellationToken {
        self.token.child_token()
    }
}

/// Throws the switch at SIGINT or SIGTERM; a second one ends the process on the spot. SIGHUP is left alone: `nohup`.
pub(super) async fn on_signal(stop: Stop) {
    let signals = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    let (Ok(mut interrupt), Ok(mut terminate)) = signals else {
        // The default action of a signal still ends us.
        tracing::warn!("signals can't be handled: an interrupt will end the batch without answers");
        return;
    };
    let mut first = true;
    loop {
        let number = tokio::select! {
            Some(()) = interrupt.recv() => 2,
            Some(()) = terminate.recv() => 15,
            else => return,
        };
        if !first {
            std::process::exit(128 + i32::from(number));
        }
        first = false;
        stop.stop(Reason::Signal(number));
    }
}

/// Throws the switch when the other end of stdout is closed, though nothing may be written for a long time.
///
/// A thread of its own sleeps in poll(2) and ends with the process: there is no end of its wait to join.
pub(super) fn on_closed_output(stop: Stop) {
    let watch = move || {
        let stdout = std::io::stdout();
        // No events are asked for: POLLERR (the read end of a pipe was closed) and POLLHUP (a terminal or socket is gone)
        // come unasked. A regular file never reports either.
        let mut fds = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
        while let Ok(0) | Err(Errno::EINTR) = poll(&mut fds, PollTimeout::NONE) {}
        if fds[0].any().unwrap_or(true) {
            stop.stop(Reason::OutputClosed);
        }
    };
    if let Err(e) = std::thread::Builder::new().name("stdout-watch".into()).spawn(watch) {
        tracing::debug!("stdout is not watched, so its end shows at the next answer only: {e}");
    }
}
