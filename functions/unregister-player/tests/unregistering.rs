//! A customer's phone is forgotten.

use chat_testing::{Event, Operation, new_id, with_chat};

#[test]
fn a_customers_phone_is_forgotten_and_nobody_elses() {
    with_chat(async |chat| {
        let (customer, other) = (chat.customer().await, chat.customer().await);
        chat.register_player(&customer, &new_id()).await;
        chat.register_player(&other, &new_id()).await;
        for _ in 0..2 {
            // Also when there is none.
            let reply = chat.unregister_player(&customer).await;
            assert_eq!((reply.status, reply.text.as_str()), (204, ""));
            assert!(!reply.headers.contains_key("content-type"));
        }
        let rows =
            chat.database.rows("SELECT customer_id FROM customer_notification_mapping", &[]).await;
        let left: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(left, [other.id]);
    });
}

#[test]
fn dentists_have_no_phone() {
    with_chat(async |chat| {
        let dentist = chat.dentist().await;
        chat.unregister_player(&dentist).await.assert_problem("forbidden");
    });
}

#[test]
fn a_dentist_of_the_same_number_forgets_nothing() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let dentist = chat.people.namesake(&customer).await;
        chat.register_player(&customer, &new_id()).await;
        chat.unregister_player(&dentist).await.assert_problem("forbidden");
        let count = "SELECT count(*) FROM customer_notification_mapping";
        assert_eq!(chat.database.number(count, &[]).await, 1);
    });
}

#[test]
fn the_request_has_no_parameters() {
    with_chat(async |chat| {
        let customer = chat.customer().await;
        let event = Event::of(Operation::UnregisterPlayer, &customer).query("customer_id", 1);
        let reply = chat.invoke(Operation::UnregisterPlayer, event).await;
        reply.assert_invalid(&[("customer_id", "is not a field of this request")]);
    });
}
