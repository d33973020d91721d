//! What a push is made from, when it is due, and phones that the provider does not know.

use crate::help::{owe, rows_where};
use chat::store::{outbox, players};
use chat_testing::{Chat, new_id, with_chat};
use std::time::Duration;

#[test]
fn a_push_is_about_one_message_for_the_phone_of_its_customer_with_all_that_they_have_not_read() {
    with_chat(async |chat| {
        let (customer, dentist, session) = chat.conversation().await;
        let (another, _, elsewhere) = chat.conversation().await;
        let (second, archived) = (chat.dentist().await, chat.dentist().await);
        let (also, former) =
            (chat.session(&customer, &second).await, chat.session(&customer, &archived).await);
        for (person, session, count) in
            [(&dentist, session, 2), (&second, also, 3), (&archived, former, 4)]
        {
            for _ in 0..count {
                chat.say(person, session, "hello").await;
            }
        }
        chat.archive(former).await;
        chat.fill(elsewhere, 8).await;
        let player = new_id();
        for (person, player) in [(&another, new_id()), (&customer, player.clone())] {
            chat.register_player(person, &player).await;
        }

        let facts =
            async |seq| outbox::push_facts(&chat.app().db, session.into(), seq).await.unwrap();
        for seq in [1, 2] {
            let facts = facts(seq).await.unwrap();
            let sql = "SELECT id FROM chat_messages WHERE session_id = $1 AND seq = $2";
            assert_eq!(facts.message.get(), chat.database.number(sql, &[&session, &seq]).await);
            assert_eq!((facts.customer_id.get(), facts.is_read), (customer.id, false));
            assert_eq!((facts.player.unwrap().0, facts.badge), (player.clone(), 5));
        }
        assert!(facts(3).await.is_none());
        chat.mark_read(&customer, session, 1).await;
        assert_eq!(facts(1).await.map(|facts| (facts.is_read, facts.badge)), Some((true, 4)));
        assert_eq!(facts(2).await.map(|facts| facts.is_read), Some(false));
        assert_eq!(chat.retract(&dentist, session, 2).await.status, 200);
        assert!(facts(2).await.is_none());
    });
}

#[test]
fn a_push_is_made_due_once_by_who_reached_nobody_and_then_someone_is_woken() {
    with_chat(async |chat| {
        let (db, session, other) =
            (&chat.app().db, chat.conversation().await.2, chat.conversation().await.2);
        chat.database.rows("DELETE FROM outbox", &[]).await;
        chat.database
            .rows("UPDATE redeliver_wakes SET woke_at = now() - interval '1 hour'", &[])
            .await;
        let (push, window) = (("message", 1, "push"), Some(Duration::from_mins(1)));
        owe(chat, session, push, 60.0).await;
        owe(chat, other, push, 60.0).await;
        owe(chat, session, ("message", 2, "push"), 60.0).await;
        owe(chat, session, ("message", 1, "frames"), 60.0).await;
        owe(chat, session, ("message_updated", 1, "push"), 60.0).await;
        // Tried already, and put off since.
        owe(chat, session, ("message", 3, "push"), 60.0).await;
        chat.database.rows("UPDATE outbox SET attempts = 1 WHERE seq = 3", &[]).await;
        assert!(!outbox::ring(db, session.into(), 3, window).await.unwrap());
        assert!(!outbox::ring(db, session.into(), 4, window).await.unwrap());
        assert!(rows_where(chat, "due_at <= now()").await.is_empty());

        assert!(outbox::ring(db, session.into(), 1, window).await.unwrap());
        let due = rows_where(chat, "due_at <= now()").await;
        assert_eq!(due, [(session, "message".to_owned(), 1, "push".to_owned())]);
        // It is due already, also once the next wake would be possible.
        chat.database
            .rows("UPDATE redeliver_wakes SET woke_at = now() - interval '1 hour'", &[])
            .await;
        assert!(!outbox::ring(db, session.into(), 1, window).await.unwrap());
        // Nobody is woken where nobody is to be, nor twice within the time of one wake.
        assert!(!outbox::ring(db, session.into(), 2, None).await.unwrap());
        chat.database.rows("UPDATE redeliver_wakes SET woke_at = now()", &[]).await;
        assert!(!outbox::ring(db, other.into(), 1, window).await.unwrap());
        assert_eq!(rows_where(chat, "due_at <= now()").await.len(), 3);
    });
}

#[test]
fn a_phone_that_the_provider_does_not_know_is_forgotten_unless_it_was_registered_again() {
    with_chat(async |chat| {
        let (customer, other) = (chat.customer().await, chat.customer().await);
        let (player, another) = (new_id(), new_id());
        chat.register_player(&customer, &player).await;
        chat.register_player(&other, &another).await;
        let at = "UPDATE customer_notification_mapping SET updated_at = '2026-01-02' RETURNING updated_at";
        let registered_at = chat.database.rows(at, &[]).await[0].get(0);
        let unmap = async |customer: i64, player: &str, at| {
            players::unmap(&chat.app().db, customer.into(), player, at).await.unwrap();
            players_of(chat).await
        };
        let both = players_of(chat).await;
        assert_eq!(unmap(other.id, &player, registered_at).await, both);
        assert_eq!(unmap(customer.id, "someone's", registered_at).await, both);
        let since = registered_at - Duration::from_secs(1);
        assert_eq!(unmap(customer.id, &player, since).await, both);
        assert_eq!(unmap(customer.id, &player, registered_at).await, [another]);
    });
}

async fn players_of(chat: &Chat) -> Vec<String> {
    let sql = "SELECT onesignal_player_id FROM customer_notification_mapping ORDER BY id";
    chat.database.rows(sql, &[]).await.iter().map(|row| row.get(0)).collect()
}
