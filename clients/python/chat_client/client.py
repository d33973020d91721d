"""A client whose wishes are functions and whose changes can be iterated over."""

import asyncio
import sys
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable

import chat_core
from chat_core import Change, Config, Conversation, Hit, Role, Session, Status, Wish

# Gets whether the last token was refused, and gives an ID token, or None when there is none (now).
Tokens = Callable[[bool], Awaitable[str | None]]


class _Listener(chat_core.Listener):
    """Hands changes from the library's threads to those who iterate over them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.queues: set[asyncio.Queue[Change]] = set()

    def changed(self, change: Change) -> None:
        try:
            self.loop.call_soon_threadsafe(self._hand_on, change)
        except RuntimeError:
            pass  # The loop has ended, and with it whoever listened.

    def _hand_on(self, change: Change) -> None:
        for queue in self.queues:
            queue.put_nowait(change)


class _Source(chat_core.TokenSource):
    """Asks the app for tokens, on its loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tokens: Tokens) -> None:
        self.loop = loop
        self.tokens = tokens

    def wanted(self, ask: chat_core.TokenAsk) -> None:
        answering = self._answer(ask)
        try:
            asyncio.run_coroutine_threadsafe(answering, self.loop)
        except RuntimeError:
            answering.close()
            ask.answer(None)

    async def _answer(self, ask: chat_core.TokenAsk) -> None:
        token = None
        try:
            token = await self.tokens(ask.is_refused())
        except Exception as error:  # Whatever it is, the core asks again.
            print(f"no token: {error!r}", file=sys.stderr)
        finally:
            ask.answer(token)


class Client:
    """One per app: open it early, close it before the program ends. Use it on the event loop on which it was opened.

    Queries answer from the store, at once. Failures are `ChatError`s with `code`, `retryable`, `advice`.
    """

    def __init__(self, config: Config) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = _Listener(self._loop)
        self._core = chat_core.ChatClient.open(config, self._listener)
        # At the latest when the program ends: an interpreter that ends aborts when the core's threads call it.
        self._close = weakref.finalize(self, self._core.close_now)

    def close(self) -> None:
        self._close()

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    async def changes(self) -> AsyncIterator[Change]:
        """What may have changed, from now on."""
        queue: asyncio.Queue[Change] = asyncio.Queue()
        self._listener.queues.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listener.queues.discard(queue)

    async def sign_in(self, role: Role, tokens: Tokens) -> None:
        await self._core.sign_in(role, _Source(self._loop, tokens))

    async def sign_out(self) -> None:
        """Forgets everything, and unregisters the phone."""
        await self._core.wish(Wish.SIGN_OUT())

    def set_front(self, is_front: bool) -> None:
        self._core.set_front(is_front)

    def set_network(self, is_up: bool) -> None:
        self._core.set_network(is_up)

    def sessions(self, status: Status | None = None, limit: int = 50) -> list[Session]:
        return self._core.sessions(status, limit)

    def conversation(self, session: int, limit: int = 50) -> Conversation | None:
        return self._core.conversation(session, limit)

    def unread_total(self) -> int:
        return self._core.unread_total()

    def draft(self, session: int) -> str | None:
        return self._core.draft(session)

    def search(self, text: str, limit: int = 20) -> list[Hit]:
        return self._core.search(text, limit)

    async def send(self, session: int, content: str, images: list[bytes] | None = None) -> int:
        """Queues a message for good; gives its entry."""
        reply = await self._core.wish(Wish.SEND(session=session, content=content, images=images or []))
        return reply.id

    async def retry(self, entry: int) -> None:
        await self._core.wish(Wish.RETRY(entry=entry))

    async def edit(self, entry: int, content: str) -> None:
        await self._core.wish(Wish.EDIT(entry=entry, content=content))

    async def discard(self, entry: int) -> None:
        await self._core.wish(Wish.DISCARD(entry=entry))

    async def read_up_to(self, session: int, seq: int) -> None:
        await self._core.wish(Wish.READ_UP_TO(session=session, seq=seq))

    async def typing(self, session: int, typing: bool = True) -> None:
        await self._core.wish(Wish.TYPING(session=session, typing=typing))

    async def keep_draft(self, session: int, content: str) -> None:
        await self._core.wish(Wish.DRAFT(session=session, content=content))

    async def register_phone(self, subscription: str) -> None:
        await self._core.wish(Wish.REGISTER_PHONE(subscription=subscription))

    async def catch_up(self) -> None:
        await self._core.wish(Wish.CATCH_UP())

    async def create_session(self, other: int) -> int:
        reply = await self._core.wish(Wish.CREATE_SESSION(other=other))
        return reply.id

    async def archive(self, session: int) -> None:
        await self._core.wish(Wish.SET_STATUS(session=session, status=Status.ARCHIVED))

    async def reopen(self, session: int) -> None:
        await self._core.wish(Wish.SET_STATUS(session=session, status=Status.ACTIVE))

    async def correct(self, session: int, seq: int, content: str) -> None:
        await self._core.wish(Wish.CORRECT(session=session, seq=seq, content=content))

    async def retract(self, session: int, seq: int) -> None:
        await self._core.wish(Wish.RETRACT(session=session, seq=seq))

    async def load_older(self, session: int) -> None:
        await self._core.wish(Wish.LOAD_OLDER(session=session))

    async def refresh_images(self, session: int, seq: int) -> None:
        await self._core.wish(Wish.REFRESH_IMAGES(session=session, seq=seq))


async def notification_for(config: Config, tokens: Tokens, session: int, seq: int) -> chat_core.Told:
    """The message of a push, from the store or else from the service; beside the app that owns the store."""
    source = _Source(asyncio.get_running_loop(), tokens)
    return await chat_core.notification_for(config, source, session, seq)
