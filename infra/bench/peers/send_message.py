#!/usr/bin/env python3
"""send-message as one would write it for Python: the same checks on its happy path, the same
statement, the same work after the answer. `STATEMENT_FILE` is the statement, its parameters typed."""

import http.client
import json
import os
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pymysql

HOST, _, PATH = os.environ["AWS_LAMBDA_RUNTIME_API"].removeprefix("http://").partition("/")
BASE = f"/{PATH}/2018-06-01/runtime/invocation"
BURST = int(os.environ.get("SEND_BURST") or 30)
with open(os.environ["STATEMENT_FILE"], encoding="utf-8") as file:
    APPEND = file.read()
SETTLE = "DELETE FROM outbox WHERE session_id = $1 AND seq = $2"
CALLERS: dict[str, int] = {}


def dentist(jarvis, email):
    if email not in CALLERS:
        with jarvis.cursor() as cursor:
            cursor.execute("SELECT id FROM dentist_dentist WHERE LOWER(email) = LOWER(%s)", (email,))
            CALLERS[email] = cursor.fetchone()[0]
    return CALLERS[email]


def handle(event, chat, jarvis):
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    draft = json.loads(event["body"])
    session = int(event["pathParameters"]["session_id"])
    sender = dentist(jarvis, claims["email"])
    client_message_id = UUID(draft["client_message_id"])
    values = (session, "dentist", sender, client_message_id, draft["content"], [], BURST, 10.0, 2.0, 60.0, None, None, 1000)
    cursor = chat.execute(APPEND, values, prepare=True)
    row = dict(zip((column.name for column in cursor.description), cursor.fetchone()))
    if row["verdict"] != "stored":
        raise RuntimeError(row["verdict"])
    audit = {"target": "audit", "action": "send-message", "outcome": "done", "actor": sender, "session": session}
    print(json.dumps({**audit, "seq": row["seq"]}), flush=True)
    message = {
        "id": row["message_id"], "session_id": session, "seq": row["seq"], "sender_type": "dentist",
        "sender_id": sender, "content": draft["content"], "image_urls": [], "images": [],
        "client_message_id": draft["client_message_id"],
        "created_at": row["message_created_at"].isoformat(), "is_read": False, "read_at": None,
    }
    headers = {"content-type": "application/json", "cache-control": "no-store"}
    return (session, row["seq"]), {"statusCode": 201, "headers": headers, "body": json.dumps(message)}


def main():
    url = urlsplit(os.environ["JARVIS_URL"])
    jarvis = pymysql.connect(
        host=url.hostname, port=url.port, user=url.username, password=url.password or "", database=url.path[1:],
        ssl_ca=os.environ["CA_BUNDLE"],
    )
    chat = psycopg.connect(
        os.environ["DATABASE_URL"], autocommit=True, cursor_factory=psycopg.RawCursor,
        sslmode="verify-full", sslrootcert=os.environ["CA_BUNDLE"],
    )
    runtime = http.client.HTTPConnection(HOST)
    while True:
        runtime.request("GET", f"{BASE}/next")
        response = runtime.getresponse()
        request_id = response.getheader("lambda-runtime-aws-request-id")
        stored, answer = handle(json.loads(response.read()), chat, jarvis)
        runtime.request("POST", f"{BASE}/{request_id}/response", body=json.dumps(answer))
        runtime.getresponse().read()
        chat.execute(SETTLE, stored, prepare=True)


main()
