//! A phone belongs to one customer, a customer has one phone.

use chat_testing::{Event, Operation, new_id, with_chat};
use futures_util::future::join_all;
use serde_json::json;

const MAPPINGS: &str = "SELECT customer_id, onesignal_player_id FROM customer_notification_mapping
    ORDER BY customer_id";

async fn mappings(chat: &chat_testing::Chat) -> Vec<(i64, String)> {
    let rows = chat.database.rows(MAPPINGS, &[]).await;
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[test]
fn a_customer_registers_a_phone_and_gets_the_mapping() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let player = new_id();
        let reply = chat.register_player(&customer, &player).await;
        let mapping = reply.expect(200);
        let expected = json!({
            "id": mapping["id"], "customer_id": customer.id, "onesignal_player_id": player,
            "created_at": mapping["created_at"], "updated_at": mapping["created_at"],
        });
        assert_eq!(mapping, &expected);
        assert_eq!(mappings(chat).await, [(customer.id, player)]);
    });
}

#[test]
fn another_phone_replaces_the_first() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let (old, new) = (new_id(), new_id());
        let first = chat.register_player(&customer, &old).await;
        let second = chat.register_player(&customer, &new).await;
        assert_eq!(second.expect(200)["id"], first.expect(200)["id"]);
        assert_eq!(second.body["created_at"], first.body["created_at"]);
        assert_ne!(second.body["updated_at"], first.body["updated_at"]);
        assert_eq!(mappings(chat).await, [(customer.id, new.clone())]);
        let again = chat.register_player(&customer, &new).await;
        assert_eq!(again.expect(200)["id"], first.body["id"]);
    });
}

#[test]
fn a_phone_that_changed_hands_is_taken_from_its_former_owner() {
    with_chat(async |chat| {
        let (former, owner) = (chat.customer().await, chat.customer().await);
        let phone = new_id();
        chat.register_player(&former, &phone).await;
        chat.register_player(&owner, &new_id()).await;
        let reply = chat.register_player(&owner, &phone).await;
        assert_eq!(reply.expect(200)["customer_id"], owner.id);
        assert_eq!(mappings(chat).await, [(owner.id, phone)]);
    });
}

#[test]
fn the_letter_case_of_an_id_makes_no_other_phone() {
    with_chat(async |chat| {
        let (former, owner) = (chat.customer().await, chat.customer().await);
        let phone = new_id();
        chat.register_player(&former, &phone).await;
        let reply = chat.register_player(&owner, &phone.to_uppercase()).await;
        assert_eq!(reply.expect(200)["onesignal_player_id"], phone);
        assert_eq!(mappings(chat).await, [(owner.id, phone)]);
    });
}

#[test]
fn customers_who_claim_one_phone_at_once_leave_it_with_one_of_them() {
    with_chat(async |chat| {
        let phone = new_id();
        let environments = chat.environments(8, &[]).await;
        let customers = join_all(environments.iter().map(|_| chat.customer())).await;
        let claims = environments
            .iter()
            .zip(&customers)
            .map(|(environment, customer)| environment.register_player(customer, &phone));
        let replies = join_all(claims).await;
        for reply in &replies {
            // A claim that lost too many races says that it may be tried again.
            assert!(matches!(reply.status, 200 | 503), "{}", reply.text);
        }
        assert!(replies.iter().any(|reply| reply.status == 200));
        let mappings = mappings(chat).await;
        assert_eq!(mappings.len(), 1);
        assert_eq!(mappings[0].1, phone);
    });
}

#[test]
fn dentists_have_no_phone() {
    with_chat(async |chat| {
        let dentist = chat.dentist().await;
        chat.register_player(&dentist, &new_id()).await.assert_problem("forbidden");
        assert!(mappings(chat).await.is_empty());
    });
}

#[test]
fn the_request_is_one_uuid() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        for (body, errors) in [
            (json!({}), vec![("onesignal_player_id", "is required")]),
            (json!({"onesignal_player_id": ""}), vec![("onesignal_player_id", "must be a UUID")]),
            (json!({"onesignal_player_id": 7}), vec![("onesignal_player_id", "must be a UUID")]),
            (json!({"onesignal_player_id": null}), vec![("onesignal_player_id", "must be a UUID")]),
            (
                json!({"onesignal_player_id": new_id(), "customer_id": 1}),
                vec![("customer_id", "is not a field of this request")],
            ),
        ] {
            let event = Event::of(Operation::RegisterPlayer, &customer).json(&body);
            chat.invoke(Operation::RegisterPlayer, event).await.assert_invalid(&errors);
        }
    });
}
