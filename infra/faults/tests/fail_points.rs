//! `make failpoints` builds what dies here.
#![allow(clippy::expect_used, reason = "a test that cannot go on should panic where it stands")]

use chat_faults::fail_points::{DEATHS, MARK_DEATHS, MortalStack};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_dies_after_a_commit_everything_arrives() {
    let stack = MortalStack::start();
    for death in &DEATHS {
        let survival = stack.survive(death).await;
        println!("{survival:?}");
        assert!(survival.broken.is_empty(), "{survival:#?}");
    }
    for death in MARK_DEATHS {
        assert_eq!(stack.survive_mark(death).await, [""; 0], "{death:?}");
    }
}

#[test]
fn every_fail_point_in_the_sources_kills() {
    let mut sources = Vec::new();
    for folder in ["shared/src", "functions/send-message/src", "functions/redeliver/src"] {
        collect(&repository().join(folder), &mut sources);
    }
    let texts: Vec<_> = sources.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let in_sources: BTreeSet<_> = texts
        .iter()
        .flat_map(|text| text.split("fail_point::reach(\"").skip(1))
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let deadly = DEATHS.iter().flat_map(|death| [death.send_message, death.redeliver]);
    let marks = MARK_DEATHS.iter().flat_map(|death| [Some(death.mark_read), death.redeliver]);
    let deadly: BTreeSet<_> = deadly.chain(marks).flatten().collect();
    assert_eq!(in_sources, deadly);
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}
