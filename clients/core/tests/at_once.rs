//! The first stores of a process, which only a process of its own can open.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic where it stands")]

use chat_client::{Store, StoreKey};
use std::{env, path::Path, process::Command, sync::Barrier, thread};

const FOLDER: &str = "CHAT_CLIENT_STORES";
const NAME: &str = "the_first_stores_of_a_process_can_be_opened_at_once";
/// One process in some thirty failed while they could not.
const PROCESSES: usize = 200;

#[test]
fn the_first_stores_of_a_process_can_be_opened_at_once() {
    if let Some(folder) = env::var_os(FOLDER) {
        return open_four(Path::new(&folder));
    }
    for _ in 0..PROCESSES {
        let folder = tempfile::tempdir().unwrap();
        let process = Command::new(env::current_exe().unwrap())
            .args(["--exact", NAME])
            .env(FOLDER, folder.path())
            .output()
            .unwrap();
        assert!(process.status.success(), "{}", String::from_utf8_lossy(&process.stdout));
        assert_eq!(folder.path().read_dir().unwrap().count(), 4);
    }
}

fn open_four(folder: &Path) {
    let key = StoreKey::new(&[1; 32]).unwrap();
    let start = Barrier::new(4);
    let open = |number: usize| {
        start.wait();
        Store::open(&folder.join(format!("{number}.db")), &key).unwrap();
    };
    let open = &open;
    thread::scope(|scope| {
        for number in 0..4 {
            scope.spawn(move || open(number));
        }
    });
}
