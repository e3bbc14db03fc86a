import asyncio

import pytest

from tagger.web.http.body_limit import BodyLimit


async def echo(scope, receive, send):
    """An application that returns the request's body."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError
        body += message["body"]
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def asked(app, chunks, headers=()):
    sent = []
    parts = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks[:-1]]
    parts.append({"type": "http.request", "body": chunks[-1]})

    async def receive():
        return parts.pop(0)

    async def send(message):
        sent.append(message)

    asyncio.run(BodyLimit(app, limit_bytes=4)({"type": "http", "headers": list(headers)}, receive, send))
    return sent[0]["status"], sent[1]["body"], parts


def test_a_body_at_the_limit_passes():
    assert asked(echo, [b"ab", b"cd"]) == (200, b"abcd", [])


@pytest.mark.parametrize("headers", [(), [(b"content-length", b"5")]])
def test_a_longer_one_is_refused_after_it_was_sent(headers):
    assert asked(echo, [b"ab", b"cd", b"e"], headers) == (
        413,
        b'{"error":"the request has more than 4 bytes","code":"request.too-large"}',
        [],
    )


def test_a_client_that_never_stops_is_not_heard_out():
    status, _, unread = asked(echo, [b"abcde"] * 100, [(b"content-length", b"500")])
    assert status == 413
    # It discards sixteen times the limit of 4 bytes: 13 chunks of 5.
    assert len(unread) == 100 - 13


def test_an_error_of_the_application_itself_goes_on():
    async def failing(scope, receive, send):
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        asked(failing, [b""])


def test_what_is_no_request_passes():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(BodyLimit(app, limit_bytes=4)({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]
