//! The vectors that the service is tried against, too.

use super::ImageType;
use serde::Deserialize;

#[derive(Deserialize)]
struct File {
    name: String,
    bytes: String,
    #[serde(rename = "type")]
    content_type: Option<String>,
}

#[test]
fn a_file_is_what_the_service_takes_it_for() {
    let files: Vec<File> =
        serde_json::from_str(include_str!("../../../vectors/images.json")).unwrap();
    for File { name, bytes, content_type } in files {
        let bytes: Vec<u8> = (0..bytes.len() / 2)
            .map(|at| u8::from_str_radix(&bytes[at * 2..at * 2 + 2], 16).unwrap())
            .collect();
        let kind = ImageType::of(&bytes).map(ImageType::content_type);
        assert_eq!(kind, content_type.as_deref(), "{name}");
    }
}
