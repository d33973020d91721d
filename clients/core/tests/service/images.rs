//! Images: cleaned, uploaded, sent, and fetched by the other side.

use crate::phone::Phone;
use chat_client::ConversationView;
use chat_e2e::Stack;
use serde_json::Value;
use std::{fs, path::Path};

/// A JPEG of which an EXIF block says where it was taken.
fn photo() -> Vec<u8> {
    let exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1A\0\0\0\0\
        \0\x01\0\x01\0\x02\0\0\0\x02N\0\0\0\0\0\0\0";
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let mut photo = b"\xFF\xD8\xFF\xE1".to_vec();
    photo.extend(length);
    photo.extend(exif);
    photo.extend(b"\xFF\xDA\0\x02 what is seen \xFF\xD9");
    photo
}

#[tokio::test]
async fn a_photo_arrives_without_the_place_where_it_was_taken() {
    let (customer, dentist, session) = Stack::shared().conversation().await;
    let (phone, desk) = (Phone::of(&customer).await, Phone::of(&dentist).await);
    phone.client.send(session, "Hier".to_owned(), vec![photo(), photo()]).await.unwrap();
    phone.say(session, "und hier").await;

    let view = desk.shows(session, &["Hier", "und hier"]).await;
    let [first, second] = &view.messages[0].images[..] else { panic!("two images") };
    assert_ne!(first.key, second.key);
    let answer = customer.stack.http().get(&first.url).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    let bytes = answer.bytes().await.unwrap();
    let has = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
    assert!(has(b"what is seen") && !has(b"Exif"), "{bytes:?}");
}

/// The service looks for a position wherever a photo can carry one, and refuses it.
#[tokio::test]
async fn no_photo_is_refused_once_it_is_cleaned() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/photos");
    let manifest = fs::read(folder.join("manifest.json")).unwrap();
    let manifest: Vec<Value> = serde_json::from_slice(&manifest).unwrap();
    let photos: Vec<Vec<u8>> = manifest
        .iter()
        .map(|photo| fs::read(folder.join(photo["name"].as_str().unwrap())).unwrap())
        .collect();
    let stack = Stack::shared();
    // As many as one may send without a pause.
    for photos in photos.chunks(20) {
        let (customer, dentist, session) = stack.conversation().await;
        let phone = Phone::of(&customer).await;
        for photos in photos.chunks(10) {
            phone.client.send(session, "Hier".to_owned(), photos.to_vec()).await.unwrap();
        }
        let is_over = |view: &ConversationView| view.queue.is_empty() || view.session.is_stuck;
        let view = phone.sees("an end", session, is_over).await;
        assert!(view.queue.is_empty(), "{:?}", view.queue);
        let stored = dentist.all_messages(session).await;
        let images = stored.iter().map(|message| message["images"].as_array().unwrap().len());
        assert_eq!(images.sum::<usize>(), photos.len());
    }
}
