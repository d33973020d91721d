"""How a program that uses the core ends: never by a signal, whatever the core's threads are at.

Needs no service. `chat_core` is where BINDINGS says, or in target/bindings/python.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
PATHS = [str(TOP / "clients/python"), os.environ.get("BINDINGS", str(TOP / "target/bindings/python"))]

# A thread of the core is still inside Python after the program has heard from it, and the program ends slowly.
BEGINNING = """
import asyncio, base64, json, sys, threading, time
from chat_client import ChatError, Client, Config, Role, notification_for

class Loop(asyncio.SelectorEventLoop):
    def call_soon_threadsafe(self, *args, **kwargs):
        handle = super().call_soon_threadsafe(*args, **kwargs)
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.3)
        return handle

class Slow:
    def __del__(self, sleep=time.sleep):
        sleep(1)

sys.end = Slow()  # The last module that is cleared.
claims = base64.urlsafe_b64encode(json.dumps({"sub": "somebody"}).encode()).decode().rstrip("=")

async def any_token(refused):
    return f"e30.{claims}.e30"

async def no_token(refused):
    await asyncio.sleep(3600)

async def text_of_a_push(tokens):
    # The store knows only soon whose it is.
    while True:
        try:
            await notification_for(config, tokens, 1, 1)
        except ChatError as error:
            if error.code != "signed_out":
                return error.code

async def busy_client():
    client = Client(config)
    await client.sign_in(Role.CUSTOMER, no_token)
    for _ in range(20):  # Each is told to the program once.
        asyncio.create_task(client.keep_draft(1, "Good"))
    await asyncio.sleep(0)
    return client

# Nobody listens there.
config = Config(http_url="http://127.0.0.1:9", ws_url="ws://127.0.0.1:9", store="chat.db", key=bytes([9] * 32))
"""
END = """
with asyncio.Runner(loop_factory=Loop) as runner:
    runner.run(main())
print("ended")
"""


class Ending(unittest.TestCase):
    def program(self, main: str) -> None:
        with tempfile.TemporaryDirectory() as folder:
            ended = subprocess.run(
                [sys.executable, "-c", BEGINNING + main + END],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(PATHS)},
                capture_output=True,
                text=True,
                timeout=60,
            )
        said = ended.returncode, ended.stdout, ended.stderr
        self.assertEqual(said, (0, "ended\n", ""), ended.stderr)

    def test_a_program_may_end_as_soon_as_it_has_the_text_of_a_push(self) -> None:
        self.program("""
async def main():
    async with Client(config) as client:
        await client.sign_in(Role.CUSTOMER, any_token)
        await text_of_a_push(any_token)
    assert await text_of_a_push(any_token) == "no_answer"
""")

    def test_a_program_may_end_while_the_text_of_a_push_is_waited_for(self) -> None:
        self.program("""
async def main():
    asked = asyncio.Event()
    class Later(Slow):
        async def __call__(self, refused):
            asked.set()
            await no_token(refused)
    async with Client(config) as client:
        await client.sign_in(Role.CUSTOMER, any_token)
        await text_of_a_push(any_token)
    waiting = asyncio.create_task(text_of_a_push(Later()))
    await asked.wait()
""")

    def test_a_program_may_end_without_closing_its_client(self) -> None:
        self.program("""
async def main():
    global client
    client = await busy_client()
""")

    def test_a_program_may_forget_its_client(self) -> None:
        self.program("""
async def main():
    await busy_client()
""")


if __name__ == "__main__":
    unittest.main(verbosity=2)
