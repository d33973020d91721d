mod fixture;
use fixture::{function, invoke, start, until};
use serde_json::json;
#[tokio::test(flavor = "multi_thread")]
async fn latency() {
    let lambda = start(vec![function("f")], 1).await;
    for _ in 0..2 {
    let mut all = vec![];
    for _ in 0..1000 {
        let t = std::time::Instant::now();
        invoke(&lambda, "f", json!({})).await.unwrap();
        all.push(t.elapsed());
        until("idle", async || lambda.functions()[0].busy == 0).await;
    }
    all.sort();
    println!("p50 {:?} p90 {:?} p99 {:?}", all[500], all[900], all[990]);
    let s = &lambda.functions()[0];
    println!("dispatch p50 {:?} p99 {:?}", s.p50_ms, s.p99_ms);
    let t = std::time::Instant::now();
    for _ in 0..1000 { invoke(&lambda, "f", json!({})).await.unwrap(); }
    println!("back to back {:?} each", t.elapsed() / 1000);
    }
    lambda.stop().await;
}
