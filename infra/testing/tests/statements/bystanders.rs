//! What is done in one session is done in no other, and to no other message.

use crate::help::{Rows, everything, furnish, only};
use chat_testing::{Chat, Person, with_chat};
use serde_json::{Value, json};

/// Every row that is not this session's, or of which message of it, or this person's.
async fn others(chat: &Chat, person: &Person, session: i64, seq: Option<i64>) -> Rows {
    only(&everything(chat).await, |table, row| {
        let is_of_session = row["session_id"] == session;
        let is_own = match table {
            "chat_sessions" => row["id"] == session,
            "active_pairs" | "read_marks" => is_of_session,
            "sender_acts" => is_of_session && row["sender_type"] == person.role.as_str(),
            "customer_notification_mapping" => row["customer_id"] == person.id,
            "websocket_connections" => false,
            _ => is_of_session && seq.is_none_or(|seq| row["seq"] == seq),
        };
        !is_own
    })
}

/// What is tried in a session: about which message, if it is about one only, and what is done.
enum Done {
    Corrects(i64),
    Retracts(i64),
    Says(i64),
    SaysAndReads,
    Reads,
    Uploads,
    Archives,
    Reopens,
    Begins,
    Registers,
    Unregisters,
}

impl Done {
    async fn by(&self, chat: &Chat, person: &Person, other: &Person, session: i64) -> Value {
        let id = chat_testing::new_id();
        let body = json!({"client_message_id": id, "content": "hello"});
        let (reply, status) = match self {
            Self::Corrects(seq) => (chat.correct(person, session, *seq, &id).await, 200),
            Self::Retracts(seq) => (chat.retract(person, session, *seq).await, 200),
            Self::Says(_) => (chat.send(person, session, &body).await, 201),
            Self::SaysAndReads => {
                let read =
                    json!({"client_message_id": id, "content": "hello", "read_up_to_seq": 8});
                (chat.send(person, session, &read).await, 201)
            }
            Self::Reads => (chat.mark_read(person, session, 10).await, 200),
            Self::Uploads => {
                let upload = json!({"content_type": "image/jpeg", "content_length": 300});
                (chat.create_upload(person, session, &upload).await, 201)
            }
            Self::Archives => (chat.update(person, session, "archived").await, 200),
            Self::Reopens => (chat.update(person, session, "active").await, 200),
            Self::Registers => (chat.register_player(person, &id).await, 200),
            Self::Unregisters => (chat.unregister_player(person).await, 204),
            Self::Begins => (chat.create_session(person, other.id).await, 200),
        };
        reply.expect(status).clone()
    }

    const fn seq(&self) -> Option<i64> {
        match self {
            Self::Corrects(seq) | Self::Retracts(seq) | Self::Says(seq) => Some(*seq),
            _ => None,
        }
    }
}

#[test]
fn what_is_done_in_a_session_touches_nothing_else() {
    use Done::{
        Archives, Begins, Corrects, Reads, Registers, Reopens, Retracts, Says, SaysAndReads,
        Unregisters, Uploads,
    };
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let with_customer = chat.session(&customer, &chat.dentist().await).await;
        let patient = chat.customer().await;
        let with_dentist = chat.session(&patient, &dentist).await;
        let (stranger, _, strangers) = chat.conversation().await;
        for person in [&patient, &stranger] {
            assert_eq!(chat.register_player(person, &chat_testing::new_id()).await.status, 200);
        }
        furnish(chat, session, 12).await;
        for other in [with_customer, with_dentist, strangers] {
            furnish(chat, other, 20).await;
        }
        for person in [&customer, &dentist] {
            chat.connect(person).await;
        }
        for (number, (is_customers, done)) in [
            (true, Corrects(5)),
            (false, Corrects(6)),
            (true, Retracts(5)),
            (true, Retracts(7)),
            (false, Retracts(8)),
            (true, Says(13)),
            (false, Says(14)),
            (true, SaysAndReads),
            (false, SaysAndReads),
            (true, Reads),
            (false, Reads),
            (true, Uploads),
            (false, Uploads),
            (false, Archives),
            (false, Reopens),
            (true, Begins),
            (true, Registers),
            (true, Registers),
            (true, Unregisters),
        ]
        .into_iter()
        .enumerate()
        {
            let (person, other) =
                if is_customers { (&customer, &dentist) } else { (&dentist, &customer) };
            let before = others(chat, person, session, done.seq()).await;
            done.by(chat, person, other, session).await;
            let after = others(chat, person, session, done.seq()).await;
            assert_eq!(after, before, "number {number}");
        }
    });
}
