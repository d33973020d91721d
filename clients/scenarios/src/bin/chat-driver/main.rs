//! The driver of the Rust core.

mod device;
mod view;

use chat_client::{ChatError, Reply, Status, Wish};
use device::Device;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::{collections::HashMap, error::Error, fs};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, stdin, stdout};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut devices = HashMap::new();
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let words = line.split(' ').map(|word| percent_decode_str(word).decode_utf8_lossy());
        let words: Vec<String> = words.map(String::from).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let answer = match carry_out(&mut devices, &words).await {
            Ok(answer) => answer,
            Err(error) => match error.downcast::<ChatError>() {
                Ok(error) => json!({"error": error.code}),
                Err(error) => return Err(error),
            },
        };
        stdout().write_all(format!("{answer}\n").as_bytes()).await?;
        stdout().flush().await?;
    }
    Ok(())
}

async fn carry_out(
    devices: &mut HashMap<String, Device>,
    words: &[&str],
) -> Result<Value, Box<dyn Error>> {
    let (verb, name, rest) = match words {
        ["client"] => return Ok(json!({"language": "Rust", "lacks": {}})),
        [verb, name, rest @ ..] => (*verb, *name, rest),
        _ => return Err("a verb and a device".into()),
    };
    if verb == "open" {
        devices.insert(name.to_owned(), Device::open(rest).await?);
        return Ok(json!({}));
    }
    let device = devices.get(name).ok_or("a device that is open")?;
    let number = |index: usize| rest.get(index).and_then(|word| word.parse::<i64>().ok());
    let first = || number(0).ok_or("a number");
    match verb {
        "close" => device.client.close(),
        "network" => device.client.set_network(true),
        "view" => return view::view(device, first()?),
        "search" => {
            let hits = device.client.search(rest[0], 20)?;
            return Ok(json!({"value": hits.iter().map(|hit| hit.seq).collect::<Vec<_>>()}));
        }
        "notification" => {
            let text = device.notification(first()?, number(1).ok_or("a seq")?).await?;
            return Ok(json!({"value": text}));
        }
        _ => return Ok(value(&device.client.wish(wish(verb, rest)?).await?)),
    }
    Ok(json!({}))
}

fn value(reply: &Reply) -> Value {
    match reply {
        Reply::Done => json!({}),
        Reply::Entry(id) | Reply::Session(id) => json!({"value": id}),
    }
}

fn wish(verb: &str, rest: &[&str]) -> Result<Wish, Box<dyn Error>> {
    let number = |index: usize| -> Result<i64, Box<dyn Error>> {
        Ok(rest.get(index).ok_or("a number is missing")?.parse()?)
    };
    let text = |index: usize| rest.get(index).map(|word| (*word).to_owned()).ok_or("no text");
    Ok(match verb {
        "send" => {
            let images: Result<_, _> = rest[2..].iter().map(fs::read).collect();
            let images: Vec<Vec<u8>> = images?;
            let images = images.into_iter().map(Into::into).collect();
            Wish::Send { session: number(0)?, content: text(1)?, images }
        }
        "edit" => Wish::Edit { entry: number(0)?, content: text(1)? },
        "retry" => Wish::Retry { entry: number(0)? },
        "discard" => Wish::Discard { entry: number(0)? },
        "read" => Wish::ReadUpTo { session: number(0)?, seq: number(1)? },
        "correct" => Wish::Correct { session: number(0)?, seq: number(1)?, content: text(2)? },
        "retract" => Wish::Retract { session: number(0)?, seq: number(1)? },
        "typing" => Wish::Typing { session: number(0)?, typing: true },
        "draft" => Wish::Draft { session: number(0)?, content: text(1)? },
        "older" => Wish::LoadOlder { session: number(0)? },
        "archive" => Wish::SetStatus { session: number(0)?, status: Status::Archived },
        "register" => Wish::RegisterPhone { subscription: text(0)? },
        "sign_out" => Wish::SignOut,
        "create" => Wish::CreateSession { other: number(0)? },
        other => return Err(format!("there is no verb {other}").into()),
    })
}
