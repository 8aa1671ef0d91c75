"""What an ASGI server says and hears, for tests that need no server."""

from __future__ import annotations


def scope_of(path="/", method="GET", headers=(), query=b"", **more):
    """Make the scope of a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"shop.example"), *headers],
        "client": ("192.0.2.1", 5000),
        "server": ("192.0.2.2", 80),
        **more,
    }


async def call(app, scope, *parts, left=False):
    """Call an app as a server does; return what it sent."""
    messages = [
        {"type": "http.request", "body": part, "more_body": left or number < len(parts)}
        for number, part in enumerate(parts, 1)
    ]
    sent = []

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    return sent
