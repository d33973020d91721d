#!/usr/bin/env python3
"""The scenarios' driver of the Python layer; clients/scenarios/README.md says what it is told."""

import asyncio
import json
import os
import sys
from pathlib import Path
from urllib.parse import unquote

TOP = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(TOP / "clients/python"), os.environ.get("BINDINGS", str(TOP / "target/bindings/python"))]

from chat_client import Change, ChatError, Client, Config, ConnectionState, Role, notification_for  # noqa: E402


class Device:
    """A client, and what its app has heard."""

    def __init__(self, http_url, ws_url, store, role, token):
        self.config = Config(http_url=http_url, ws_url=ws_url, store=store, key=bytes([9] * 32))
        self.role = Role[role.upper()]
        self.token = token
        self.online = self.typing = False
        self.client = Client(self.config)
        self.listening = asyncio.create_task(self.listen())

    async def tokens(self, _refused):
        return self.token

    async def listen(self):
        async for change in self.client.changes():
            match change:
                case Change.CONNECTION():
                    self.online = change.state == ConnectionState.ONLINE
                case Change.TYPING():
                    self.typing = change.typing

    def close(self):
        self.listening.cancel()
        self.client.close()

    def view(self, session):
        shown = {"online": self.online, "typing": self.typing}
        view = self.client.conversation(session, 100)
        if view is None:
            return shown
        messages, refusals = view.messages, [entry.refusal.code for entry in view.queue if entry.refusal]
        return shown | {
            "texts": [message.content for message in messages],
            "mine": [message.is_mine for message in messages],
            "read": [message.is_read for message in messages],
            "corrected": [message.corrected_at is not None for message in messages],
            "retracted": [message.retracted_at is not None for message in messages],
            "images": [len(message.images) for message in messages],
            "gaps": [message.has_gap_before for message in messages],
            "queue": [entry.content for entry in view.queue],
            "refusal": refusals[0] if refusals else None,
            "has_older": view.has_older,
            "unread": view.session.unread_count,
            "draft": view.session.draft,
            "status": view.session.status.name.lower(),
            "other": view.session.other_id,
        }

    async def carry_out(self, verb, words):
        client, numbers = self.client, [int(word) if word.isdigit() else 0 for word in words]
        match verb:
            case "close":
                self.close()
            case "network":
                client.set_network(True)
            case "view":
                return self.view(numbers[0])
            case "search":
                return {"value": [hit.seq for hit in client.search(words[0])]}
            case "notification":
                told = await notification_for(self.config, self.tokens, *numbers)
                return {"value": told.message.content}
            case "send":
                images = [Path(file).read_bytes() for file in words[2:]]
                return {"value": await client.send(numbers[0], words[1], images)}
            case "create":
                return {"value": await client.create_session(numbers[0])}
            case "edit":
                await client.edit(numbers[0], words[1])
            case "retry":
                await client.retry(numbers[0])
            case "discard":
                await client.discard(numbers[0])
            case "read":
                await client.read_up_to(numbers[0], numbers[1])
            case "correct":
                await client.correct(numbers[0], numbers[1], words[2])
            case "retract":
                await client.retract(numbers[0], numbers[1])
            case "typing":
                await client.typing(numbers[0])
            case "draft":
                await client.keep_draft(numbers[0], words[1])
            case "older":
                await client.load_older(numbers[0])
            case "archive":
                await client.archive(numbers[0])
            case "register":
                await client.register_phone(words[0])
            case "sign_out":
                await client.sign_out()
            case _:
                raise ValueError(f"there is no verb {verb}")
        return {}


async def main():
    devices, loop = {}, asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        verb, *rest = [unquote(word) for word in line.rstrip("\n").split(" ")]
        name, *words = rest or [""]
        try:
            if verb == "client":
                answer = {"language": "Python", "lacks": {}}
            elif verb == "open":
                device = devices[name] = Device(*words)
                await device.client.sign_in(device.role, device.tokens)
                answer = {}
            else:
                answer = await devices[name].carry_out(verb, words)
        except ChatError as error:
            answer = {"error": error.code}
        print(json.dumps(answer), flush=True)


asyncio.run(main())
