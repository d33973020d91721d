//! `messages/may_append`: a message with images is a repeated one, or a new one of images that nobody has shown.

use chat::{
    caller::Caller,
    error::Error,
    fields::Field as _,
    image::ImageKeys,
    message::{ClientMessageId, Content, Draft, Pace},
    store::messages::{self, Append},
};
use chat_testing::{Chat, Person, new_id, with_chat};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

/// Uploads a JPEG, as far as anyone looks; its key.
async fn upload(chat: &Chat, person: &Person, session: i64) -> Value {
    let mut bytes = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01".to_vec();
    bytes.resize(300, 0x5A);
    json!(chat.upload(person, session, bytes).await)
}

fn showing(key: &Value) -> Value {
    json!({"client_message_id": new_id(), "content": "look", "image_urls": [key]})
}

#[test]
fn an_image_is_shown_once_and_another_one_beside_it() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let elsewhere = chat.session(&customer, &chat.dentist().await).await;
        let (first, second) =
            (upload(chat, &customer, session).await, upload(chat, &customer, session).await);
        let sent = showing(&first);
        assert_eq!(chat.send(&customer, session, &sent).await.expect(201)["seq"], 1);
        // The same words with the same image are a message of their own, which cannot have it.
        chat.send(&customer, session, &showing(&first)).await.assert_problem("image_not_found");
        // So is the same message in another session.
        chat.send(&customer, elsewhere, &sent).await.assert_problem("image_not_found");
        let shown = chat.send(&customer, session, &showing(&second)).await;
        assert_eq!(shown.expect(201)["seq"], 2);

        let mut other_image = sent.clone();
        other_image["image_urls"] = json!([second]);
        let reused = chat.send(&customer, session, &other_image).await;
        reused.assert_problem("client_message_id_reused");
    });
}

#[test]
fn a_retry_is_compared_with_what_was_sent_first_however_often_it_was_corrected() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let elsewhere = chat.session(&customer, &chat.dentist().await).await;
        // Others were corrected before: under the same number in another session, and under another in this one.
        chat.say(&customer, elsewhere, "other words").await;
        chat.say(&customer, elsewhere, "other words").await;
        chat.say(&customer, session, "other words").await;
        for (session, seq) in [(elsewhere, 2), (session, 1)] {
            assert_eq!(chat.correct(&customer, session, seq, "mended").await.status, 200);
        }
        let sent = showing(&upload(chat, &customer, session).await);
        assert_eq!(chat.send(&customer, session, &sent).await.expect(201)["seq"], 2);
        for content in ["two", "three"] {
            assert_eq!(chat.correct(&customer, session, 2, content).await.status, 200);
            assert_eq!(chat.send(&customer, session, &sent).await.expect(200)["content"], content);
        }
    });
}

#[test]
fn an_archived_session_comes_before_what_is_wrong_with_an_image() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let key = upload(chat, &customer, session).await;
        let unknown = showing(&json!(key.as_str().unwrap().replace(".jpg", "0.jpg")));
        chat.archive(session).await;
        for body in [showing(&key), unknown] {
            chat.send(&customer, session, &body).await.assert_problem("session_archived");
        }
    });
}

/// What someone writes, as a message with images is stored once they were looked at.
async fn append(
    chat: &Chat,
    person: &Person,
    session: i64,
    draft: &Draft,
) -> Result<Append, Error> {
    let context = json!({"role": person.role.as_str(), "id": person.id});
    let caller = Caller::from_authorizer_context(context.as_object().unwrap()).unwrap();
    let pace = Pace { burst: 0, window: Duration::from_secs(10) };
    messages::append(&chat.app().db, caller, session.into(), draft, pace, None).await
}

fn draft(images: &Value, read_up_to_seq: Option<i64>) -> Draft {
    Draft {
        client_message_id: ClientMessageId(Uuid::new_v4()),
        content: Content::from_json(&json!("look")).unwrap(),
        images: ImageKeys::from_json(images).unwrap(),
        read_up_to_seq,
    }
}

#[test]
fn a_message_whose_image_was_taken_meanwhile_is_none_and_has_read_nothing() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        chat.fill(session, 12).await;
        let key = upload(chat, &customer, session).await;
        let take = "INSERT INTO message_images VALUES ($2, $1, 1)";
        chat.database.rows(take, &[&session, &key.as_str()]).await;
        for read_up_to_seq in [Some(8), None] {
            let draft = draft(&json!([key]), read_up_to_seq);
            let refused = append(chat, &customer, session, &draft).await;
            assert!(matches!(refused, Err(Error::ImageNotFound)), "{refused:?}");
            let read = "SELECT count(*) FROM chat_messages WHERE is_read";
            assert_eq!(chat.database.number(read, &[]).await, 0);
            assert_eq!(chat.get(&customer, session).await.body["last_seq"], 12);
        }
    });
}

#[test]
fn who_stores_a_message_hears_whether_a_phone_is_to_ring() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let rings = async |person: &Person| {
            let stored = append(chat, person, session, &draft(&json!([]), None)).await.unwrap();
            let Append::Stored(stored) = stored else { panic!("{stored:?}") };
            stored.owed.push
        };
        assert!(!rings(&dentist).await);
        assert_eq!(chat.register_player(&customer, &new_id()).await.status, 200);
        assert!(rings(&dentist).await);
        assert!(!rings(&customer).await);
    });
}

#[test]
fn what_is_owed_for_an_image_is_done_with_what_is_owed_for_its_message() {
    with_chat(async |chat| {
        let (customer, _, session) = chat.conversation().await;
        let shown = showing(&upload(chat, &customer, session).await);
        let owed = async || {
            let sql = "SELECT count(*) FROM outbox WHERE session_id = $1 AND seq > 0";
            chat.database.number(sql, &[&session]).await
        };
        let sent = chat.send(&customer, session, &shown).await;
        assert_eq!(owed().await, 2);
        chat.deliver(sent).await;
        assert_eq!(owed().await, 0);
        let retracted = chat.retract(&customer, session, 1).await;
        assert_eq!(owed().await, 2);
        chat.deliver(retracted).await;
        assert_eq!(owed().await, 0);
    });
}
