"""The chat's core for Python: for tests and tools.

Below it is the generated module `chat_core`, which `infra/tools/generate-bindings python FOLDER` makes; the
folder belongs on the path.
"""

from chat_core import Advice, Change, ChatError, Config, ConnectionState, Conversation, Role, Session, Status

from .client import Client, notification_for

__all__ = [
    "Advice",
    "Change",
    "ChatError",
    "Client",
    "Config",
    "ConnectionState",
    "Conversation",
    "Role",
    "Session",
    "Status",
    "notification_for",
]
