#![allow(clippy::all)]
mod fixture;
use fixture::{function, invoke, start, until};
use serde_json::json;
#[tokio::test(flavor = "multi_thread")]
async fn latency() {
    let mut f = function("f");
    f.binary = std::path::PathBuf::from("/work/main/target/release/examples/fixture-function");
    let lambda = start(vec![f], 1).await;
    for _ in 0..3 {
        let mut all = vec![];
        for _ in 0..1000 {
            let t = std::time::Instant::now();
            invoke(&lambda, "f", json!({})).await.unwrap();
            all.push(t.elapsed());
            until("idle", async || lambda.functions()[0].busy == 0).await;
        }
        all.sort();
        println!("p50 {:?} p90 {:?} p99 {:?}", all[500], all[900], all[990]);
        let t = std::time::Instant::now();
        for _ in 0..1000 {
            invoke(&lambda, "f", json!({})).await.unwrap();
        }
        println!("back to back {:?} each", t.elapsed() / 1000);
    }
    lambda.stop().await;
}
