//! Whose phone is whose.

use chat_e2e::{Stack, new_id};
use serde_json::json;

#[tokio::test]
async fn a_customer_has_one_player() {
    let stack = Stack::shared();
    let customer = stack.customer().await;
    let (first, second) = (new_id(), new_id());
    let mapping = customer.register_player(&first).await;
    assert_eq!(
        mapping.expect(200),
        &json!({"id": mapping.body["id"], "customer_id": customer.id, "onesignal_player_id": first,
                "created_at": mapping.body["created_at"], "updated_at": mapping.body["updated_at"]})
    );
    let again = customer.register_player(&first).await;
    assert_eq!(again.expect(200)["id"], mapping.body["id"]);
    let replaced = customer.register_player(&second).await;
    assert_eq!(replaced.expect(200)["onesignal_player_id"], second);
    let database = stack.database().await;
    let count = "SELECT count(*) FROM customer_notification_mapping WHERE customer_id = ";
    assert_eq!(database.number(&format!("{count}{}", customer.id)).await, 1);

    let gone = customer.unregister_player().await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    customer.unregister_player().await.is(204);
    assert_eq!(database.number(&format!("{count}{}", customer.id)).await, 0);
}

#[tokio::test]
async fn a_phone_belongs_to_whoever_registered_it_last() {
    let stack = Stack::shared();
    let (before, after) = (stack.customer().await, stack.customer().await);
    let phone = new_id();
    before.register_player(&phone).await.is(200);
    after.register_player(&phone.to_uppercase()).await.is(200);
    let database = stack.database().await;
    let sql = "SELECT customer_id FROM customer_notification_mapping WHERE lower(onesignal_player_id) = $1";
    let rows = database.query(sql, &[&phone]).await.unwrap();
    let owners: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(owners, [after.id]);
    before.unregister_player().await.is(204);
}

#[tokio::test]
async fn dentists_have_no_players() {
    let stack = Stack::shared();
    let dentist = stack.dentist().await;
    dentist.register_player(&new_id()).await.is_problem(403, "forbidden");
    dentist.unregister_player().await.is_problem(403, "forbidden");
    let customer = stack.customer().await;
    for player in ["", "phone", "../x"] {
        customer.register_player(player).await.is_invalid(&["onesignal_player_id"]);
    }
}
