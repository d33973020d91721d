//! What a browser asks before it sends a page's request.

use chat_e2e::Stack;
use reqwest::Method;

#[tokio::test]
async fn a_page_may_send_tracing_headers_and_name_its_connection() {
    let stack = Stack::shared();
    let url = format!("{}/sessions/1/messages", stack.endpoints().http_api);
    let wanted = "authorization,baggage,chat-connection,content-type,sentry-trace,traceparent";
    let request = stack
        .http()
        .request(Method::OPTIONS, url)
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", wanted);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let allowed = answer.headers()["access-control-allow-headers"].to_str().unwrap();
    let mut allowed: Vec<&str> = allowed.split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed.join(","), wanted);
}
