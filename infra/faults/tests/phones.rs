//! The short version of the phones that die.

use chat_e2e::PrivateStack;
use chat_faults::phones::{self, Plan};

#[tokio::test(flavor = "multi_thread")]
async fn phones_that_die_lose_nothing_double_nothing_and_keep_the_order() {
    let private = PrivateStack::start(&[("SEND_BURST", "0")]);
    let plan = Plan { kills: 25, kills_per_function_kill: 5 };
    let deaths = phones::kill(&private.stack(), &plan).await;
    println!("{deaths:#?}");
    assert_eq!(deaths.broken, [] as [&str; 0]);
    assert!(deaths.said > 20 && deaths.said_with_images > 0 && deaths.files_searched > 25);
}
