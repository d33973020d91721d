//! Values and texts that fields are tried with.

use chat::message::MAX_CONTENT_BYTES;
use serde_json::{Value, json};

/// Values that some field accepts, and values just beside them.
pub fn values() -> Vec<Value> {
    let keys = |n: usize| (0..n).map(|i| format!("k{i}")).collect::<Vec<_>>();
    let mut values = vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1),
        json!(i64::MAX),
        json!(i64::MAX as u64 + 1),
        json!(1.5),
        json!(1e30),
        json!({}),
        json!([]),
        json!([1]),
        json!([""]),
        json!(["a"]),
        json!(["a", "b"]),
        json!(["a", "a"]),
        json!(["a\0"]),
        json!(keys(10)),
        json!(keys(11)),
        json!(["k".repeat(1024)]),
        json!(["k".repeat(1025)]),
        json!(10 * 1024 * 1024),
        json!(10 * 1024 * 1024 + 1),
        json!("c".repeat(MAX_CONTENT_BYTES)),
        json!("c".repeat(MAX_CONTENT_BYTES + 1)),
    ];
    let texts = [
        "",
        " ",
        "\u{200B}\n",
        "x",
        " x ",
        "a\0b",
        "1",
        "active",
        "archived",
        "all",
        "Active",
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/heic",
        "image/gif",
        "IMAGE/JPEG",
        "67e55044-10b1-426f-9247-bb680e5fe0c8",
        "67E55044-10B1-426F-9247-BB680E5FE0C8",
        "67e5504410b1426f9247bb680e5fe0c8",
        "{67e55044-10b1-426f-9247-bb680e5fe0c8}",
        "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0c8",
        "67e55044-10b1-426f-9247-bb680e5fe0cg",
    ];
    values.extend(texts.into_iter().map(Value::from));
    values
}

/// Texts for a parameter, and texts just beside them.
pub const TEXTS: [&str; 20] = [
    "",
    "0",
    "1",
    "5",
    "99",
    "100",
    "101",
    "-1",
    "+1",
    "01",
    "1.0",
    "1e2",
    " 1",
    "x",
    "null",
    "active",
    "archived",
    "all",
    "9223372036854775807",
    "9223372036854775808",
];
