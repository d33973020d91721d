//! Every frame that the contract has is one that the running service sends, and every frame that it
//! sends is as described; so are the refusals of a handshake.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should panic where it stands"
)]

use chat_contract::{Contract, Direction, Place};
use chat_e2e::{
    Condition, Dependency, Image, Person, PrivateStack, Role, SOON, Socket, Stack, TokenPlace,
    eventually, new_id,
};
use serde_json::{Value, json};
use std::{cell::RefCell, collections::BTreeSet};

/// Frames are held against the contract as they come.
struct Watch {
    contract: Contract,
    messages: RefCell<BTreeSet<String>>,
    codes: RefCell<BTreeSet<String>>,
}

impl Watch {
    /// The next frame, which is this message of the contract.
    async fn expect(&self, socket: &mut Socket, message: &str) -> Value {
        let frame = socket.receive(SOON).await;
        let frame = frame.unwrap_or_else(|| panic!("instead of {message}: nothing"));
        let name = self.contract.check_frame(Direction::Sent, &frame);
        assert_eq!(name.as_deref(), Ok(message), "{frame}");
        self.messages.borrow_mut().insert(message.to_owned());
        if let Some(code) = frame["code"].as_str() {
            self.codes.borrow_mut().insert(code.to_owned());
        }
        frame
    }

    /// Says something that the contract has.
    async fn say(&self, socket: &mut Socket, message: &str, said: Value) {
        let name = self.contract.check_frame(Direction::Received, &said);
        assert_eq!(name.as_deref(), Ok(message), "{said}");
        socket.say(said).await;
    }
}

#[test]
fn every_described_frame_is_sent_and_every_sent_one_described() {
    // Its own stack, because a function is killed.
    let stack = PrivateStack::start(&[]);
    let threads = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    threads.block_on(async {
        let stack = stack.stack();
        let watch = Watch {
            contract: Contract::read().unwrap(),
            messages: RefCell::default(),
            codes: RefCell::default(),
        };
        let (customer, dentist) = stack.pair().await;
        let mut browser =
            stack.try_connect(&customer.token, TokenPlace::Subprotocol).await.unwrap();
        assert_eq!(browser.protocol.as_deref(), Some("chat.v1"));
        let mut app = stack.try_connect(&dentist.token, TokenPlace::Header).await.unwrap();
        let mut sockets = [&mut browser, &mut app];
        talk(&watch, &customer, &dentist, &mut sockets).await;
        misspeak(&watch, &mut app).await;
        crash(&watch, &stack, &mut app).await;

        let described: BTreeSet<String> =
            watch.contract.messages(Direction::Sent).into_keys().collect();
        assert_eq!(watch.messages.take(), described);
        assert_eq!(watch.codes.take(), described_codes(&watch.contract));
        refuse_handshakes(&watch.contract, &stack).await;
    });
}

async fn talk(watch: &Watch, customer: &Person, dentist: &Person, sockets: &mut [&mut Socket; 2]) {
    let session = customer.create_session(dentist).await.id(201);
    both(watch, sockets, "sessionCreated").await;
    customer.say(session, "Good morning").await.is(201);
    both(watch, sockets, "messageCreated").await;
    customer.correct(session, 1, "Good evening").await.is(200);
    both(watch, sockets, "messageUpdated").await;
    dentist.mark_read(session, 1).await.is(200);
    both(watch, sockets, "messagesRead").await;
    customer.retract(session, 1).await.is(200);
    both(watch, sockets, "messageUpdated").await;
    let key = dentist.upload(session, &Image::jpeg()).await;
    dentist
        .send(session, &json!({"client_message_id": new_id(), "image_urls": [key]}))
        .await
        .is(201);
    for frame in both(watch, sockets, "messageCreated").await {
        assert_eq!(frame["message"]["images"].as_array().map(Vec::len), Some(1));
    }

    let [browser, app] = sockets;
    for typing in [true, false] {
        let said = json!({"action": "typing", "session_id": session, "typing": typing});
        watch.say(app, "typing", said).await;
        assert_eq!(watch.expect(browser, "typingShown").await["typing"], typing);
    }
    watch.say(browser, "ping", json!({"action": "ping"})).await;
    watch.expect(browser, "pong").await;

    dentist.update_session(session, "archived").await.is(200);
    both(watch, sockets, "sessionUpdated").await;
    let [browser, _] = sockets;
    let said = json!({"action": "typing", "session_id": session, "typing": true});
    watch.say(browser, "typing", said).await;
    assert_eq!(watch.expect(browser, "error").await["code"], "session_archived");
}

/// Both sides get this message.
async fn both(watch: &Watch, sockets: &mut [&mut Socket; 2], message: &str) -> Vec<Value> {
    let mut frames = Vec::new();
    for socket in sockets {
        frames.push(watch.expect(socket, message).await);
    }
    frames
}

async fn misspeak(watch: &Watch, socket: &mut Socket) {
    let elsewhere = json!({"action": "typing", "session_id": i64::MAX, "typing": true});
    for (said, code) in [
        ("Good morning".to_owned(), "invalid_json"),
        (json!({"action": "shout"}).to_string(), "unknown_action"),
        (json!({"action": "typing", "session_id": "5"}).to_string(), "invalid_request"),
        (elsewhere.to_string(), "session_not_found"),
    ] {
        socket.say(&said).await;
        assert_eq!(watch.expect(socket, "error").await["code"], code, "{said}");
    }
}

/// A function that dies over a message makes the gateway say so.
async fn crash(watch: &Watch, stack: &Stack, socket: &mut Socket) {
    stack.set(Dependency::Postgres, Condition::Frozen).await;
    watch.say(socket, "ping", json!({"action": "ping"})).await;
    let busy = async || (stack.statistics("ws-default").await["busy"] == 1).then_some(());
    eventually("a message at work", SOON, busy).await;
    assert!(stack.kill("ws-default").await > 0);
    watch.expect(socket, "gatewayError").await;
    stack.set(Dependency::Postgres, Condition::Up).await;
}

/// The codes that error frames are described with.
fn described_codes(contract: &Contract) -> BTreeSet<String> {
    let variants =
        contract.asyncapi().path(&["components", "messages", "error", "payload", "oneOf"]);
    let variants: Vec<_> = variants.iter().flat_map(Place::items).collect();
    let codes = variants.iter().filter_map(|variant| variant.path(&["properties", "code", "enum"]));
    codes
        .flat_map(|codes| codes.value().as_array().cloned().unwrap_or_default())
        .filter_map(|code| code.as_str().map(str::to_owned))
        .collect()
}

async fn refuse_handshakes(contract: &Contract, stack: &Stack) {
    let message = contract.openapi().path(&["components", "schemas", "GatewayMessage"]).unwrap();
    let message = contract.schema(&message).unwrap();
    let unknown = stack.unknown(Role::Customer).await;
    for place in [TokenPlace::Header, TokenPlace::Subprotocol] {
        for (token, status) in [("a.b.c", 401), (&*unknown.token, 403)] {
            let refusal = stack.try_connect(token, place).await.err().unwrap();
            assert_eq!(refusal.status, status);
            let body = serde_json::from_str(&refusal.body).unwrap();
            assert_eq!(message.check(&body), Ok(()));
        }
    }
    assert_eq!(stack.connect_with(&[]).await.err().unwrap().status, 401);
}
