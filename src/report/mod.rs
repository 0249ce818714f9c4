//! A class's responses → what people look at: a table, CSV, HTML for the staff and a page for each student.
//!
//! [`Report`] is all there is to say; [`table`], [`csv`] and [`html`] say it to the staff, [`feedback`] to one student, without
//! what the package keeps secret (`detail` is the one place that decides). `text` makes bytes of strangers harmless to look
//! at, `diff` and `chart` make the pictures, and `templates/` holds the pages (escaped by askama, unless marked `safe`, which
//! only our own style and script are).
//!
//! It uses `model`. Invariant: no I/O; nothing of a submission is ever markup, and a page allows no script but its own.
#![forbid(unsafe_code)]

mod chart;
mod class;
mod clock;
mod csv;
mod detail;
mod diff;
mod html;
mod matrix;
mod table;
mod text;
mod word;

pub use class::{Excerpt, Outcome, Record, Report, TestInfo};
pub use clock::utc;
pub use csv::csv;
pub use html::{feedback, html};
pub use table::table;
pub use text::label;

#[cfg(test)]
mod tests;
