//! `infra/tools/forget-data`, which removes a stack's folder.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

mod place;

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output};

use self::place::Folder;

fn forget(folder: &Path) -> Output {
    let tool = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/forget-data");
    Command::new(tool).arg(folder).output().unwrap()
}

#[test]
fn a_folder_is_forgotten_when_its_stack_has_stopped_and_not_before() {
    let folder = Folder::new();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("stack.log"), "").unwrap();
    let lock = File::create(data.join("lock")).unwrap();
    lock.lock().unwrap();
    let refused = forget(&data);
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    let line = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(line, format!("error: a stack runs in {}: stop it first\n", data.display()));
    assert!(data.join("stack.log").exists());

    lock.unlock().unwrap();
    let forgotten = forget(&data);
    assert!(forgotten.status.success(), "{forgotten:?}");
    assert!(!data.exists());
}
