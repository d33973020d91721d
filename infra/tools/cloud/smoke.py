"""`make smoke`: a whole conversation against any deployment, by its addresses and two people's tokens.

The file that ENDPOINTS names has `http_api`, `ws_api`, `customer_token`, `dentist_token` and `dentist_id`
(the dentist's in Jarvis, whose token it is); it may have `player_id`, a phone that is to ring. The local
stack's endpoints.json has the addresses only: its identity provider gives the tokens.
"""

import json
import pathlib
import ssl
import time
import urllib.error
import urllib.request
import uuid
import zlib

from websockets.sync.client import connect

from failure import Failure, say

ADDRESSES = ("http_api", "ws_api")
PEOPLE = ("customer_token", "dentist_token", "dentist_id")
WAIT_SECONDS = 15
PUSH_SECONDS = 30
# Who the local stack's people are.
CUSTOMER = {"sub": "customer-1", "email": "customer1@example.test", "email_verified": True}
DENTIST = {"sub": "dentist-2", "email": "dentist2@example.test", "email_verified": True, "groups": ["dentists"]}


def smoke(file):
    """Plays the conversation with what the file says."""
    place = _read(file)
    if "customer_token" not in place and "identity" in place:
        place.update(
            customer_token=_local_token(place, CUSTOMER), dentist_token=_local_token(place, DENTIST), dentist_id=2
        )
        place.setdefault("player_id", str(uuid.uuid4()))
    play(_complete(file, place, ADDRESSES + PEOPLE))


def people(file):
    """The two people of a file whose addresses are not known yet."""
    return _complete(file, _read(file), PEOPLE)


def play(place):
    """Plays the conversation; each step is a line, and the first that fails ends it."""
    talk = Conversation(place)
    steps = (
        ("a stranger is refused", talk.refuses_strangers),
        ("a customer opens a session", talk.opens_session),
        ("both connect", talk.connects),
        ("a message is stored once", talk.sends),
        ("its frame reaches the dentist", talk.gets_frame),
        ("the dentist reads it, and the customer hears of that", talk.reads),
        ("an image goes up, and comes down", talk.shows_image),
        ("catching up finds everything", talk.catches_up),
        ("a phone rings", talk.rings),
    )
    for words, step in steps:
        began = time.monotonic()
        try:
            note = step()
        except Failure as failure:
            raise Failure(f"{words}: {failure}") from None
        except (OSError, TimeoutError, KeyError, ValueError) as error:
            raise Failure(f"{words}: {type(error).__name__}: {error}") from None
        say(
            f"{'ok     ' if note is None else 'skipped'} {words}"
            + (f": {note}" if note else f" ({(time.monotonic() - began) * 1000:.0f} ms)")
        )
    talk.close()


def _read(file):
    try:
        return json.loads(pathlib.Path(file).read_text())
    except (OSError, ValueError) as error:
        raise Failure(f"{file}: {error}") from None


def _complete(file, place, keys):
    missing = [key for key in keys if not place.get(key)]
    if missing:
        raise Failure(f"{file} has no {', '.join(missing)}")
    return place


def _local_token(place, person):
    return request("POST", f"{place['identity']}/token", body=person)[1]["token"]


def request(method, url, token=None, body=None, content=None, headers=None, ca=None):
    """One HTTP request, to a server that `ca` signs if that is given. (status, the answer's JSON or bytes)."""
    headers = dict(headers or {})
    if token:
        headers["authorization"] = f"Bearer {token}"
    if body is not None:
        content = json.dumps(body).encode()
        headers["content-type"] = "application/json"
    asked = urllib.request.Request(url, data=content, method=method, headers=headers)
    context = ssl.create_default_context(cafile=ca) if ca else None
    try:
        with urllib.request.urlopen(asked, timeout=WAIT_SECONDS, context=context) as answer:
            status, said, kind = answer.status, answer.read(), answer.headers.get_content_type()
    except urllib.error.HTTPError as error:
        status, said, kind = error.code, error.read(), error.headers.get_content_type()
    return status, json.loads(said) if said and "json" in kind else said


class Conversation:
    """What one step leaves for the next."""

    def __init__(self, place):
        self.place = place
        self.api = place["http_api"].rstrip("/")
        self.sockets = {}

    def call(self, who, method, path, body=None, expect=(200, 201)):
        """An operation as the customer or the dentist, who must get one of these statuses."""
        status, answer = request(method, f"{self.api}{path}", self.place[f"{who}_token"], body)
        if status not in expect:
            raise Failure(f"{method} {path} answered {status} {answer if isinstance(answer, dict) else ''}")
        return answer

    def refuses_strangers(self):
        """No token, no answer."""
        status, _ = request("GET", f"{self.api}/sessions")
        if status != 401:
            raise Failure(f"GET /sessions without a token answered {status}, not 401")

    def opens_session(self):
        """Or finds that it is open."""
        self.session = self.call("customer", "POST", "/sessions", {"dentist_id": int(self.place["dentist_id"])})
        self.messages = f"/sessions/{self.session['id']}/messages"
        self.read_path = f"/sessions/{self.session['id']}/read"

    def connects(self):
        """A WebSocket each, which answers."""
        for who in ("customer", "dentist"):
            headers = {"Authorization": f"Bearer {self.place[f'{who}_token']}"}
            self.sockets[who] = connect(self.place["ws_api"], additional_headers=headers, open_timeout=WAIT_SECONDS)
            self.sockets[who].send('{"action": "ping"}')
            self.frame(who, "pong")

    def frame(self, who, kind, fits=lambda frame: True):
        """Waits for a frame of that type."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            left = deadline - time.monotonic()
            try:
                frame = json.loads(self.sockets[who].recv(timeout=max(left, 0.001)))
            except TimeoutError:
                raise Failure(f"no {kind} within {WAIT_SECONDS} s") from None
            if frame["type"] == kind and fits(frame):
                return frame

    def send(self, who, content, **more):
        """A message; its retry must be the same one."""
        draft = {"client_message_id": str(uuid.uuid4()), "content": content, **more}
        message = self.call(who, "POST", self.messages, draft, expect=(201,))
        again = self.call(who, "POST", self.messages, draft, expect=(200,))
        if again["seq"] != message["seq"]:
            raise Failure("a retry was stored again")
        return message

    def sends(self):
        """The customer's message."""
        self.message = self.send("customer", "A trial run of the service: please ignore.")

    def gets_frame(self):
        """At once, without asking."""
        self.frame("dentist", "message.created", lambda frame: frame["seq"] == self.message["seq"])

    def reads(self):
        """The dentist's mark."""
        seq = self.message["seq"]
        self.call("dentist", "POST", self.read_path, {"up_to_seq": seq})
        self.frame(
            "customer", "messages.read", lambda frame: frame["reader"] == "dentist" and frame["up_to_seq"] >= seq
        )

    def shows_image(self):
        """What comes down is what went up."""
        picture = tiny_png()
        wanted = {"content_type": "image/png", "content_length": len(picture)}
        upload = self.call("customer", "POST", f"/sessions/{self.session['id']}/uploads", wanted, expect=(201,))
        status, _ = request(upload["method"], upload["url"], content=picture, headers=upload["headers"])
        if status != 200:
            raise Failure(f"the bucket answered {status}")
        message = self.send("customer", "", image_urls=[upload["key"]])
        status, bytes_back = request("GET", message["images"][0]["url"])
        if status != 200 or bytes_back != picture:
            raise Failure(f"the image came back as {status}, {len(bytes_back)} bytes")
        self.message = message

    def catches_up(self):
        """By the page after the last message known, and by sync where the service has it."""
        page = self.call("dentist", "GET", f"{self.messages}?after={self.message['seq'] - 1}")
        if [message["seq"] for message in page["messages"]] != [self.message["seq"]]:
            raise Failure("the page after the last message but one is not the last message")
        status, answer = request("GET", f"{self.api}/sync", self.place["customer_token"])
        if status == 404:
            return "this release has no /sync; the page was right"
        if status != 200 or not answer["next"] or not answer["changes"]:
            raise Failure(f"GET /sync answered {status}")
        return None

    def rings(self):
        """A dentist's message to a customer without a connection."""
        if not self.place.get("player_id"):
            return "no player_id was given"
        self.call("customer", "PUT", "/players", {"onesignal_player_id": self.place["player_id"]})
        self.sockets.pop("customer").close()
        message = self.send("dentist", "A trial run of the service: please ignore.")
        if "onesignal" not in self.place:
            return f"look at the phone: session {self.session['id']}, seq {message['seq']}"
        self._await_push(message)
        self.call("customer", "DELETE", "/players", expect=(204,))
        return None

    def _await_push(self, message):
        deadline = time.monotonic() + PUSH_SECONDS
        while time.monotonic() < deadline:
            url = f"{self.place['onesignal']}/received"
            received = request("GET", url, ca=self.place.get("ca"))[1]["received"]
            data = [push["body"].get("data", {}) for push in received]
            if {"session_id": self.session["id"], "seq": message["seq"]} in data:
                return
            time.sleep(0.2)
        raise Failure(f"no push within {PUSH_SECONDS} s")

    def close(self):
        """Hangs up."""
        for socket in self.sockets.values():
            socket.close()


def tiny_png():
    """A white pixel, with a text that makes it another image each time."""

    def chunk(kind, content):
        return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    text = b"Comment\0" + uuid.uuid4().hex.encode()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"tEXt", text)
        + chunk(b"IDAT", zlib.compress(b"\0\xff"))
        + chunk(b"IEND", b"")
    )
