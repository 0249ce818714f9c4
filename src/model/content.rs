//! Content that goes in, and captured bytes that come out.
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes given by a request: in the request itself, or a file of the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// `"…"`, `{"text": …}` or `{"base64": …}`, decoded.
    Inline(Arc<[u8]>),
    /// `{"path": …}`: absolute, or relative to the working directory (`--files-root` confines it).
    Path(PathBuf),
}

impl Default for Content {
    fn default() -> Self {
        Self::Inline(Arc::from([].as_slice()))
    }
}

impl From<&str> for Content {
    fn from(text: &str) -> Self {
        Self::Inline(text.as_bytes().into())
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct StringOrObject;
        impl<'de> Visitor<'de> for StringOrObject {
            type Value = Content;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, or an object with one of `text`, `base64`, `path`")
            }
            fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Content, E> {
                Ok(v.into())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Content, A::Error> {
                const KINDS: &[&str] = &["text", "base64", "path"];
                let mut found = None;
                while let Some(key) = map.next_key::<String>()? {
                    if found.is_some() {
                        return Err(A::Error::custom("content has exactly one of `text`, `base64`, `path`"));
                    }
                    found = Some(match key.as_str() {
                        "text" => Content::Inline(map.next_value::<String>()?.into_bytes().into()),
                        "base64" => Content::Inline(
                            STANDARD
                                .decode(map.next_value::<String>()?)
                                .map_err(|e| A::Error::custom(format_args!("invalid base64: {e}")))?
                                .into(),
                        ),
                        "path" => {
                            let path = map.next_value::<String>()?;
                            if path.is_empty() || path.contains('\0') {
                                return Err(A::Error::custom("`path` must be a file name without NUL"));
                            }
                            Content::Path(path.into())
                        }
                        "sha256" => return Err(A::Error::custom("unsupported: content by `sha256` is reserved; use `path`")),
                        other => return Err(A::Error::unknown_field(other, KINDS)),
                    });
                }
                found.ok_or_else(|| A::Error::custom("content has exactly one of `text`, `base64`, `path`"))
            }
        }
        d.deserialize_any(StringOrObject)
    }
}

impl JsonSchema for Content {
    fn schema_name() -> Cow<'static, str> {
        "Content".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let one = |key: &str, more: serde_json::Value| {
            let mut property = serde_json::json!({"type": "string"});
            if let (Some(p), Some(m)) = (property.as_object_mut(), more.as_object()) {
                p.extend(m.clone());
            }
            serde_json::json!({"type": "object", "properties": {key: property}, "required": [key], "additionalProperties": false})
        };
        json_schema!({
            "description": "Bytes: a string (UTF-8 text), or an object with exactly one of text, base64, path.",
            "oneOf": [
                {"type": "string"},
                one("text", serde_json::json!({})),
                one("base64", serde_json::json!({"contentEncoding": "base64"})),
                one("path", serde_json::json!({"minLength": 1})),
            ]
        })
    }
}

/// Bytes a program wrote: a JSON string where they are UTF-8, else `{"base64": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Captured(pub Vec<u8>);

impl Serialize for Captured {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if let Ok(text) = std::str::from_utf8(&self.0) {
            s.serialize_str(text)
        } else {
            let mut map = s.serialize_map(Some(1))?;
            map.serialize_entry("base64", &STANDARD.encode(&self.0))?;
            map.end()
        }
    }
}

impl<'de> Deserialize<'de> for Captured {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct StringOrBase64;
        impl<'de> Visitor<'de> for StringOrBase64 {
            type Value = Captured;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, or an object with `base64`")
            }
            fn visit_str<E: serde::de::Error>(self, v: &str) -> Result<Captured, E> {
                Ok(Captured(v.as_bytes().to_vec()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Captured, A::Error> {
                match map.next_entry::<String, String>()? {
                    Some((key, text)) if key == "base64" => STANDARD.decode(text).map(Captured).map_err(A::Error::custom),
                    _ => Err(A::Error::missing_field("base64")),
                }
            }
        }
        d.deserialize_any(StringOrBase64)
    }
}

impl JsonSchema for Captured {
    fn schema_name() -> Cow<'static, str> {
        "Captured".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Bytes a program wrote: a string where they are valid UTF-8, else base64.",
            "oneOf": [
                {"type": "string"},
                {"type": "object", "properties": {"base64": {"type": "string", "contentEncoding": "base64"}}, "required": ["base64"]},
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captured_bytes_survive_the_way_out_and_back() {
        for bytes in [&b""[..], b"plain\n", b"\xff\x00\xfe", "\u{202e}\0".as_bytes()] {
            let text = serde_json::to_string(&Captured(bytes.to_vec())).unwrap();
            assert_eq!(serde_json::from_str::<Captured>(&text).unwrap().0, bytes, "{text}");
        }
        for bad in [r#"{"base64": "!"}"#, r#"{"text": "a"}"#, "{}", "1"] {
            assert!(serde_json::from_str::<Captured>(bad).is_err(), "{bad}");
        }
    }
}
