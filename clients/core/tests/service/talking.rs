//! People who talk.

use crate::phone::Phone;
use chat_client::{Status, Wish, shell::notification_for};
use chat_e2e::{SOON, Stack, eventually, new_id};

#[tokio::test]
async fn a_customer_and_a_dentist_talk_and_see_what_the_other_has_read() {
    let (customer, dentist) = Stack::shared().pair().await;
    let (phone, desk) = (Phone::of(&customer).await, Phone::of(&dentist).await);
    desk.is_online().await;
    let session = phone.session_with(&dentist).await;
    phone.say(session, "Guten Tag").await;
    phone.say(session, "Es schmerzt.").await;

    let view = desk.shows(session, &["Guten Tag", "Es schmerzt."]).await;
    assert_eq!((view.session.unread_count, view.session.other_name), (2, Some(customer.name)));
    desk.wish(Wish::ReadUpTo { session, seq: 2 }).await.unwrap();
    desk.say(session, "Wo?").await;
    let view = phone.shows(session, &["Guten Tag", "Es schmerzt.", "Wo?"]).await;
    assert_eq!(view.session.unread_count, 1);
    phone.sees("that all of it is read", session, |view| view.messages[1].is_read).await;

    phone.wish(Wish::ReadUpTo { session, seq: 3 }).await.unwrap();
    desk.sees("that the question is read", session, |view| view.messages[2].is_read).await;
    assert_eq!((phone.client.unread_total(), desk.client.unread_total()), (Ok(0), Ok(0)));
    assert_eq!(phone.client.search("schmerz", 5).unwrap()[0].seq, 2);
}

#[tokio::test]
async fn a_second_device_has_all_that_the_first_one_has_said_and_read() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let first = Phone::of(&customer).await;
    dentist.say(session, "Guten Tag").await.is(201);
    first.shows(session, &["Guten Tag"]).await;
    first.say(session, "Es schmerzt.").await;
    first.wish(Wish::ReadUpTo { session, seq: 1 }).await.unwrap();
    first.shows(session, &["Guten Tag", "Es schmerzt."]).await;
    first.sees("a mark that is told", session, |view| view.session.unread_count == 0).await;

    let second = Phone::of(&customer).await;
    second.is_online().await;
    let view = second.shows(session, &["Guten Tag", "Es schmerzt."]).await;
    assert!(view.messages[1].is_mine);
    second.sees("what was read", session, |view| view.session.unread_count == 0).await;
    dentist.say(session, "Wo?").await.is(201);
    for device in [&first, &second] {
        device.shows(session, &["Es schmerzt.", "Wo?"]).await;
    }
    second.wish(Wish::ReadUpTo { session, seq: 3 }).await.unwrap();
    first.sees("what the other has read", session, |view| view.session.unread_count == 0).await;
}

#[tokio::test]
async fn who_writes_is_shown_to_the_other_side() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let (phone, desk) = (Phone::of(&customer).await, Phone::of(&dentist).await);
    phone.is_online().await;
    desk.is_online().await;
    phone.wish(Wish::Typing { session, typing: true }).await.unwrap();
    let look = async || desk.heard.typing.lock().unwrap().filter(|typing| *typing).map(|_| ());
    eventually("someone who is writing", SOON, look).await;
}

#[tokio::test]
async fn what_cannot_be_sent_waits_for_its_user() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let phone = Phone::of(&customer).await;
    dentist.update_session(session, "archived").await.is(200);
    phone
        .sees("an archived session", session, |view| view.session.status == Status::Archived)
        .await;
    let refused = phone.say(session, "Noch etwas.").await;
    phone.say(session, "Und noch etwas.").await;
    let view = phone.sees("a refusal", session, |view| view.session.is_stuck).await;
    assert_eq!(view.queue[0].refusal.as_ref().unwrap().code, "session_archived");
    assert_eq!(view.queue.len(), 2, "the second waits for the first");

    dentist.update_session(session, "active").await.is(200);
    phone.wish(Wish::Retry { entry: refused }).await.unwrap();
    phone.shows(session, &["Noch etwas.", "Und noch etwas."]).await;
}

#[tokio::test]
async fn whoever_signs_out_leaves_nothing_behind_and_gets_no_more_pushes() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let phone = Phone::of(&customer).await;
    dentist.say(session, "zahnwurzelkanarienvogel").await.is(201);
    phone.shows(session, &["zahnwurzelkanarienvogel"]).await;
    phone.wish(Wish::RegisterPhone { subscription: new_id() }).await.unwrap();
    let database = customer.stack.database().await;
    let mapped = format!(
        "SELECT count(*) FROM customer_notification_mapping WHERE customer_id = {}",
        customer.id
    );
    let is_mapped = async |count: i64| (database.number(&mapped).await == count).then_some(());
    eventually("a registered phone", SOON, || is_mapped(1)).await;

    phone.client.sign_out().await.unwrap();
    eventually("an unregistered phone", SOON, || is_mapped(0)).await;
    assert_eq!(phone.client.conversation(session, 10).unwrap_err().code, "signed_out");
    assert_eq!(phone.wish(Wish::CatchUp).await.unwrap_err().code, "signed_out");
}

#[tokio::test]
async fn a_push_is_shown_with_the_text_that_it_did_not_carry() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let phone = Phone::of(&customer).await;
    dentist.say(session, "Guten Tag").await.is(201);
    phone.shows(session, &["Guten Tag"]).await;
    // The app is not running when the push comes.
    let (config, tokens, folder) = (phone.config, phone.tokens, phone.folder);
    phone.client.close();
    dentist.say(session, "Der Befund ist da.").await.is(201);
    let told = notification_for(&config, &*tokens, session, 2).await.unwrap();
    assert_eq!(told.message.content, "Der Befund ist da.");
    assert_eq!(told.sender_name, Some(dentist.name));
    drop(folder);
}
