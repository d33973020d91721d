//! What happened while a phone was away.

use crate::phone::{Phone, phone_with_network, texts};
use chat_client::{Reply, Wish};
use chat_e2e::Stack;

#[tokio::test]
async fn what_was_missed_is_there_after_a_reconnection() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let (phone, http, ws) = phone_with_network(&customer).await;
    phone.is_online().await;
    http.goes_away();
    ws.goes_away();
    for text in ["eins", "zwei", "drei"] {
        dentist.say(session, text).await.is(201);
    }
    dentist.mark_read(session, 0).await.is(200);
    http.comes_back();
    ws.comes_back();
    phone.client.set_network(true);
    let view = phone.shows(session, &["eins", "zwei", "drei"]).await;
    assert_eq!(view.session.unread_count, 3);
}

#[tokio::test]
async fn a_gap_between_what_is_held_and_what_is_heard_is_filled() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let (phone, http, ws) = phone_with_network(&customer).await;
    dentist.say(session, "eins").await.is(201);
    phone.shows(session, &["eins"]).await;
    // Frames come again before pages do.
    http.goes_away();
    ws.goes_away();
    dentist.say(session, "zwei").await.is(201);
    ws.comes_back();
    phone.client.set_network(true);
    phone.is_online().await;
    dentist.say(session, "drei").await.is(201);
    let view = phone.sees("the frame", session, |view| texts(view).contains(&"drei")).await;
    assert!(view.messages.last().unwrap().has_gap_before, "{:?}", texts(&view));
    http.comes_back();
    phone.client.set_network(true);
    phone.shows(session, &["eins", "zwei", "drei"]).await;
}

#[tokio::test]
async fn a_session_in_which_much_was_missed_begins_anew_and_has_its_past_behind_it() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let (phone, http, ws) = phone_with_network(&customer).await;
    dentist.say(session, "m1").await.is(201);
    phone.shows(session, &["m1"]).await;
    http.goes_away();
    ws.goes_away();
    for number in 2..=28 {
        dentist.say(session, &format!("m{number}")).await.is(201);
    }
    http.comes_back();
    ws.comes_back();
    phone.client.set_network(true);
    let view = phone.shows(session, &["m27", "m28"]).await;
    assert!(view.has_older && view.messages[0].seq > 1, "{:?}", texts(&view));
    assert_eq!(view.session.unread_count, 28);

    assert_eq!(phone.wish(Wish::LoadOlder { session }).await, Ok(Reply::Done));
    let view = phone.sees("all of it", session, |view| view.messages.len() == 28).await;
    assert!(!view.has_older && view.messages.iter().all(|message| !message.has_gap_before));
}

#[tokio::test]
async fn what_was_changed_while_a_phone_was_away_is_changed_on_it() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let (phone, desk) = (Phone::of(&customer).await, Phone::of(&dentist).await);
    desk.say(session, "zwei mal täglich").await;
    desk.say(session, "falsches Fenster").await;
    desk.say(session, "bis morgen").await;
    phone.shows(session, &["zwei mal täglich", "falsches Fenster", "bis morgen"]).await;
    desk.shows(session, &["falsches Fenster", "bis morgen"]).await;

    let correct = Wish::Correct { session, seq: 1, content: "drei mal täglich".to_owned() };
    assert_eq!(desk.wish(correct).await, Ok(Reply::Done));
    assert_eq!(desk.wish(Wish::Retract { session, seq: 2 }).await, Ok(Reply::Done));
    for device in [&desk, &phone.restarted(&customer).await] {
        let view = device.shows(session, &["drei mal täglich", "", "bis morgen"]).await;
        assert!(view.messages[0].corrected_at.is_some() && view.messages[1].retracted_at.is_some());
    }
}
