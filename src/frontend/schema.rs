//! `assize schema`.
use crate::model;
use std::io::{self, Write};

/// Writes the JSON Schema of a request, or of an output line, and a line end.
pub fn print_schema(of: crate::cli::SchemaOf, to: &mut impl Write) -> io::Result<()> {
    let schema = match of {
        crate::cli::SchemaOf::Request => model::request_schema(),
        crate::cli::SchemaOf::Response => model::response_schema(),
    };
    serde_json::to_writer_pretty(&mut *to, &schema)?;
    to.write_all(b"\n")?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::SchemaOf;

    #[test]
    fn both_schemas_are_json_of_an_object() {
        for of in [SchemaOf::Request, SchemaOf::Response] {
            let mut text = Vec::new();
            print_schema(of, &mut text).unwrap();
            assert!(serde_json::from_slice::<serde_json::Value>(&text).unwrap()["$schema"].is_string());
        }
    }
}
