//! The contract as types: what comes in, what goes out, and the words both use.
//!
//! `request` → (judge) → `response`; `limits`, `verdict`, `content` and `name` are the vocabulary, `strict` keeps serde
//! from reading more than that, `schema` prints JSON Schema from these very types.
//!
//! Invariant: no I/O, no clocks, no processes. A value of these types that exists is valid by itself; what
//! needs the profiles or the file system to be checked is checked in `judge`.
#![forbid(unsafe_code)]

mod checker;
mod content;
mod cpus;
mod limits;
mod name;
mod request;
mod response;
mod run;
mod schema;
mod strict;
mod unique;
mod verdict;

pub use checker::{Checker, CheckerKind, Interactor, JudgeProgram, Protocol};
pub use content::{Captured, Content};
pub use cpus::Cpus;
pub use limits::{Limits, LimitsRequest, Millis};
pub use name::{BoxName, NameError};
pub use request::{Aggregate, Capture, Compile, Files, Group, Input, Output, Parsed, Request, StopOn, Test, parse_input};
pub use response::{
    CheckerReport, CompileReport, ErrorKind, ErrorLine, ErrorReport, Event, EventLine, GroupReport, Line, Response, SandboxReport,
    TestReport,
};
pub use run::RunReport;
pub use schema::{request_schema, response_schema};
pub use unique::UniqueMap;
pub use verdict::{Reason, Verdict};
