//! The duties about records, with the rights that the template gives each.

use chat_e2e::{Image, Stack, new_id};
use serde_json::json;

#[tokio::test]
async fn a_record_is_exported_held_and_erased_by_functions_with_rights_of_their_own() {
    let stack = Stack::shared();
    let (customer, dentist, session) = stack.conversation().await;
    let keys = [
        customer.upload(session, &Image::jpeg()).await,
        customer.upload(session, &Image::jpeg()).await,
    ];
    for key in &keys {
        let body = json!({"client_message_id": new_id(), "image_urls": [key]});
        customer.send(session, &body).await.is(201);
    }
    // Who hands it over reads a retracted image still.
    customer.retract(session, 1).await.is(200);
    let about = json!({"customer_id": customer.id});
    let exported = stack.invoke("export-records", &about).await;
    assert_eq!(exported.expect(200)["export"]["images_missing"], 0);

    let reference = new_id();
    let why = json!({"customer_id": customer.id, "reason": "a test", "reference": reference});
    assert_eq!(stack.invoke("place-hold", &why).await.expect(200)["is_new"], true);
    let erasure = json!({"customer_id": customer.id, "reference": reference});
    assert_eq!(stack.invoke("erase-customer", &erasure).await.body["code"], "on_hold");
    assert_eq!(stack.invoke("lift-hold", &why).await.expect(200)["standing"], json!([]));

    let mut phone = customer.connect().await;
    let erased = stack.invoke("erase-customer", &erasure).await;
    assert_eq!(erased.expect(200)["erased"]["images"], 2, "{}", erased.text);
    phone.closed().await;
    dentist.get_session(session).await.is_problem(404, "session_not_found");
    let seen = stack.invoke("list-access", &about).await;
    assert!(seen.expect(200)["events"].is_array(), "{}", seen.text);
}

/// On a database that was not restored there is nothing to do, which each finds out for itself.
#[tokio::test]
async fn what_there_is_to_erase_is_looked_for_by_functions_with_rights_of_their_own() {
    let stack = Stack::shared();
    let (customer, _, _) = stack.conversation().await;
    let erasure = json!({"customer_id": customer.id, "reference": new_id()});
    stack.invoke("erase-customer", &erasure).await.is(200);
    let found = stack.invoke("reapply-erasures", &json!({"dry_run": true})).await;
    assert_eq!(found.expect(200)["left"], json!([]), "{}", found.text);
    assert_eq!(stack.invoke("apply-retention", &json!({})).await.expect(200)["sessions"], 0);
}
