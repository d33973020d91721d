"""What schemathesis must know beside docs/openapi.yaml. WHO is whose token it uses (`customer-20`), TOKEN that token,
and STRANGER_TOKEN one of somebody who shares no session with them."""

import os

import requests
import schemathesis

ROLE, ID = os.environ["WHO"].split("-")
# What a stranger has asked for already: method, path and session.
asked_by_stranger = set()


def is_answered(response):
    """Whether the person got what they asked for with their own token."""
    authorization = response.request.headers.get("Authorization")
    return 200 <= response.status_code < 300 and authorization == f"Bearer {os.environ['TOKEN']}"


def sessions_in(value):
    """Every session that an answer shows."""
    if isinstance(value, dict):
        if {"id", "customer", "dentist"} <= value.keys():
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from sessions_in(item)


@schemathesis.check
def nobody_is_shown_anothers_session(ctx, response, case):
    """Whoever asks for whatever sees sessions of their own and no others."""
    if is_answered(response) and response.content:
        for session in sessions_in(response.json()):
            assert str(session[ROLE]["id"]) == ID, f"session {session['id']} is {ROLE} {session[ROLE]['id']}'s"


@schemathesis.check
def a_stranger_finds_no_session(ctx, response, case):
    """What one side of a session may read or do there, a stranger is told that there is no such session."""
    session = (case.path_parameters or {}).get("session_id")
    key = (case.method, case.path, session)
    if session is None or key in asked_by_stranger or not is_answered(response):
        return
    asked_by_stranger.add(key)
    request = response.request
    headers = {**request.headers, "Authorization": f"Bearer {os.environ['STRANGER_TOKEN']}"}
    answer = requests.request(request.method, request.url, headers=headers, data=request.body, timeout=60)
    found = f"a stranger's {request.method} {request.url} is answered with {answer.status_code} {answer.text[:300]}"
    assert answer.status_code == 404, found
    assert answer.json()["code"] == "session_not_found", found


@schemathesis.check
def unknown_method_is_unknown_route(ctx, response, case):
    """A method that a path does not have is answered by the gateway, like any route that there is not."""
    described = {method.upper() for method in case.operation.schema[case.operation.path]}
    if response.request.method not in described:
        assert response.status_code == 404, f"{response.request.method} is answered with {response.status_code}"
        assert response.json() == {"message": "Not Found"}, response.text


@schemathesis.hook
def filter_body(context, body):
    """Integers are written without a fraction, says the document; for JSON Schema, 5.0 is one too."""
    values = body.values() if isinstance(body, dict) else []
    return not any(isinstance(value, float) and value.is_integer() for value in values)
