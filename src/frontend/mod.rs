//! What talks to the outside: it reads, calls the judge and writes; one file per command.
//!
//! `stream` cuts the input into values, `input` makes requests of them, `batch` keeps a bounded window of them under way
//! and `writer` puts each answer on a line of its own; `ends` are the descriptors read from and written to, `waiting` those that others
//! have made non-blocking. `stop` listens for signals and for a reader that went away. `host` is what the host gives of ids, limits and profiles, and the slot that a command begins with;
//! `scope` goes where it may give more, and `remedy` says what mends what it lacks.
//!
//! Invariant: memory is bounded by the window, never by the input; stdout is only ever data.
#![forbid(unsafe_code)]

mod batch;
mod calibrate;
mod check;
mod ends;
mod grade;
mod host;
mod input;
mod judge;
mod languages;
mod open;
mod progress;
mod remedy;
mod run;
mod scanner;
mod schema;
mod scope;
mod stop;
mod stream;
mod tally;
mod verify;
mod waiting;
mod writer;

pub use batch::{BatchOptions, judge_batch};
pub use check::check;
pub use grade::grade;
pub use host::{Host, zygote_before_arguments};
pub use input::{InputError, Source, check_sources};
pub use judge::Judge;
pub use languages::languages;
pub use open::{RealJudge, open_judge};
pub use run::run;
pub use schema::print_schema;
pub use scope::enter_scope;
pub use tally::Tally;
pub use verify::verify;
