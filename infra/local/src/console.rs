//! Serves the console and the JavaScript client that it is built on; both are in `clients/`.

use axum::http::{HeaderName, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use chat_endpoints::Endpoints;

/// Only what the stack itself serves may run; any port of this machine may be talked to. Images that
/// are not uploaded yet are blobs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob: http://127.0.0.1:*; \
     connect-src 'self' http://127.0.0.1:* ws://127.0.0.1:*; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

const DEMO_PEOPLE: &str = include_str!("../sql/demo-people.sql");

/// A file and how it is served.
struct File {
    path: &'static str,
    kind: &'static str,
    content: &'static str,
}

/// The files of a folder, served below a path.
macro_rules! files {
    ($path:literal, $folder:literal, $kind:expr, [$($name:literal),+ $(,)?]) => {
        &[$(File {
            path: concat!($path, $name),
            kind: $kind,
            content: include_str!(concat!($folder, $name)),
        }),+]
    };
}

const FILES: [&[File]; 7] = [
    &[File {
        path: "/console",
        kind: HTML,
        content: include_str!("../../../clients/console/src/console.html"),
    }],
    files!(
        "/console/",
        "../../../clients/console/src/",
        STYLE,
        ["console.css", "pane.css", "thread.css"]
    ),
    files!("/console/", "../../../clients/console/src/", IMAGE, ["icon.svg"]),
    files!(
        "/console/",
        "../../../clients/console/src/",
        SCRIPT,
        [
            "acts.js",
            "attachments.js",
            "composer.js",
            "connection.js",
            "console.js",
            "conversation.js",
            "dom.js",
            "entries.js",
            "inbox.js",
            "lightbox.js",
            "message.js",
            "pane.js",
            "people.js",
            "phone.js",
            "pushes.js",
            "read-marks.js",
            "scroll.js",
            "starter.js",
            "tabs.js",
            "thread.js",
            "time.js",
            "toast.js",
        ]
    ),
    files!(
        "/console/client/",
        "../../../clients/js/src/",
        SCRIPT,
        [
            "advance.js",
            "backoff.js",
            "client.js",
            "connection.js",
            "conversation.js",
            "emitter.js",
            "http.js",
            "images.js",
            "inbox.js",
            "index.js",
            "life.js",
            "message-log.js",
            "read-marks.js",
            "send-queue.js",
            "sessions.js",
            "text.js",
            "typing.js",
        ]
    ),
    files!(
        "/console/client/images/",
        "../../../clients/js/src/images/",
        SCRIPT,
        [
            "bytes.js",
            "clean.js",
            "exif.js",
            "heic.js",
            "jpeg.js",
            "png.js",
            "read.js",
            "upload.js",
            "webp.js",
        ]
    ),
    files!(
        "/console/client/storage/",
        "../../../clients/js/src/storage/",
        SCRIPT,
        ["data-url.js", "indexed-db.js", "pending-store.js"]
    ),
];

/// Where the page sees what the push provider was sent.
const PUSHES: &str = "/console/onesignal";

/// `/console` and what belongs to it, for the HTTP API's port; `pushes` tells what was pushed.
pub fn router(endpoints: &Endpoints, pushes: Router) -> Router {
    // The page needs no database's password.
    let facts = json!({
        "ws_api": endpoints.ws_api,
        "identity": endpoints.identity,
        "onesignal": PUSHES,
        "people": people(),
    });
    let mut router =
        Router::new().route("/console/endpoints.json", get(|| async move { guarded(Json(facts)) }));
    router = router.nest(PUSHES, pushes);
    for &File { path, kind, content } in FILES.into_iter().flatten() {
        let answer = move || async move { guarded(([(header::CONTENT_TYPE, kind)], content)) };
        router = router.route(path, get(answer));
    }
    router
}

fn guarded(answer: impl IntoResponse) -> Response {
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, answer).into_response()
}

/// The demo's people, who are known before they have any session.
fn people() -> Vec<Value> {
    DEMO_PEOPLE.lines().filter_map(person).collect()
}

/// The person of a row such as `( 7, 'customer7@example.test', 'Noor van Dalen', …`.
fn person(row: &str) -> Option<Value> {
    let mut parts = row.split('\'');
    let id: u32 = parts.next()?.trim_matches([' ', '(', ',']).parse().ok()?;
    let role = parts.next()?.split(|letter: char| !letter.is_alphabetic()).next()?;
    Some(json!({"role": role, "id": id, "name": parts.nth(1)?}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_that_is_imported_is_served() {
        let served: Vec<&str> = FILES.into_iter().flatten().map(|file| file.path).collect();
        for file in FILES.into_iter().flatten().filter(|file| file.kind == SCRIPT) {
            let (folder, _) = file.path.rsplit_once('/').unwrap();
            let lines = file.content.lines().filter(|line| line.ends_with("\";"));
            for name in lines.filter_map(|line| line.split_once(" from \"./")) {
                let path = format!("{folder}/{}", name.1.trim_end_matches("\";"));
                assert!(served.contains(&path.as_str()), "{} imports {path}", file.path);
            }
        }
    }

    #[test]
    fn all_demo_people_are_named() {
        let people = people();
        assert_eq!(people.len(), 25);
        assert_eq!(people[6], json!({"role": "customer", "id": 7, "name": "Noor van Dalen"}));
        assert_eq!(people[21], json!({"role": "dentist", "id": 2, "name": "Dr. Mehmet Aksoy"}));
    }
}
