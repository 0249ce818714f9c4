//! JSON Schema (draft 2020-12) of the contract, made from the types.
use super::{Line, Request};
use schemars::{Schema, schema_for};

/// Schema of one request.
pub fn request_schema() -> Schema {
    schema_for!(Request)
}

/// Schema of one output line: a response, an error or an event.
pub fn response_schema() -> Schema {
    schema_for!(Line)
}
