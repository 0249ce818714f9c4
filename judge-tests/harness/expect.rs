//! Compares a response with what a case expects: dotted keys and the values that must stand there.
//!
//! A number equals a number of the same value; a list means any one of its values; a table holds conditions:
//! `{ at_least = 1, at_most = 9 }`, `{ contains = "…" }`, `{ lacks = "…" }`, `{ null = true }`. `length` counts an array.
use serde_json::Value;
use std::collections::BTreeMap;

/// Dotted keys and what is expected there.
pub type Expected = BTreeMap<String, Value>;

/// What differs, one line each.
pub fn differences(response: &Value, expected: &Expected) -> Vec<String> {
    expected
        .iter()
        .filter_map(|(key, wanted)| match lookup(response, key) {
            None => Some(format!("{key}: there is no such key, expected {wanted}")),
            Some(found) if !matches(wanted, &found) => Some(format!("{key}: {found}, expected {wanted}")),
            Some(_) => None,
        })
        .collect()
}

/// Whether an expectation leaves a choice, which a case must give its reason for.
pub fn has_choice(expected: &Expected) -> bool {
    expected.values().any(Value::is_array)
}

fn lookup(response: &Value, key: &str) -> Option<Value> {
    let mut at = response;
    for part in key.split('.') {
        at = match at {
            Value::Array(list) if part == "length" => return Some(list.len().into()),
            Value::Array(list) => list.get(part.parse::<usize>().ok()?)?,
            Value::Object(map) => map.get(part)?,
            _ => return None,
        };
    }
    Some(at.clone())
}

fn matches(wanted: &Value, found: &Value) -> bool {
    match wanted {
        Value::Array(any) => any.iter().any(|one| matches(one, found)),
        Value::Object(conditions) => conditions.iter().all(|(condition, value)| holds(condition, value, found)),
        Value::Number(_) => match (wanted.as_f64(), found.as_f64()) {
            (Some(w), Some(f)) => (w - f).abs() <= 1e-9 * w.abs().max(1.0),
            _ => false,
        },
        _ => wanted == found,
    }
}

fn holds(condition: &str, value: &Value, found: &Value) -> bool {
    let text = || value.as_str().zip(found.as_str());
    let number = || value.as_f64().zip(found.as_f64());
    match condition {
        "at_least" => number().is_some_and(|(v, f)| f >= v),
        "at_most" => number().is_some_and(|(v, f)| f <= v),
        "contains" => text().is_some_and(|(v, f)| f.contains(v)),
        "lacks" => text().is_some_and(|(v, f)| !f.contains(v)),
        "null" => value.as_bool() == Some(found.is_null()),
        _ => panic!("an expectation has an unknown condition: {condition}"),
    }
}
