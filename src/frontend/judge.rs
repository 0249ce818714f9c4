//! What the front ends ask of a judge.
use crate::model::{ErrorReport, Event, Request, Response};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Answers requests. Many are under way at once on the same judge.
pub trait Judge: Send + Sync + 'static {
    /// Judges one request; `index` is its place on the input.
    ///
    /// Never panics. When `cancel` fires it returns [`crate::model::ErrorKind::Cancelled`] promptly, with nothing of the
    /// request left running. `events`, where there is one, gets each event as it happens; sending may wait, and fails
    /// once nobody listens any more, which is no error. The answer is written once every clone of it is dropped.
    fn judge(
        &self,
        index: u64,
        request: Request,
        cancel: CancellationToken,
        events: Option<mpsc::Sender<Event>>,
    ) -> impl Future<Output = Result<Response, ErrorReport>> + Send;
}
