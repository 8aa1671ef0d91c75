"""The session's Set-Cookie header: the one that Werkzeug writes."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from kolben import Response
from kolben.sessions.cookie_header import set_cookie

OPTIONS = [
    dict(
        zip(
            ("domain", "path", "secure", "partitioned", "samesite", "httponly"), values, strict=True
        )
    )
    for values in itertools.product(
        (None, "example.com"),
        ("/", "/ä b"),
        (True, False),
        (True, False),
        (None, "lax"),
        (True, False),
    )
]
MOMENT = datetime(2030, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("expires", [None, MOMENT])
@pytest.mark.parametrize("value", ["abc.DEF-_1", "needs; quotes", "", "x" * 1100])
def test_the_header_is_the_one_that_werkzeug_writes(
    value: str, expires: datetime | None, options: dict[str, Any]
) -> None:
    ours, theirs = Response(), Response()
    for _ in range(2):  # the second time from memory
        set_cookie(ours, "session", value, expires, options)
        theirs.set_cookie("session", value, expires=expires, **options)

    assert ours.headers.getlist("Set-Cookie") == theirs.headers.getlist("Set-Cookie")


def test_a_method_of_ones_own_is_called() -> None:
    class Own(Response):
        def set_cookie(self, key: str, value: str = "", **options: Any) -> None:
            self.headers["X-Cookie"] = f"{key}={value}"

    response = Own()
    set_cookie(response, "session", "abc", None, {"path": "/"})

    assert response.headers["X-Cookie"] == "session=abc"


def test_an_unknown_samesite_is_refused() -> None:
    with pytest.raises(ValueError, match="SameSite"):
        set_cookie(Response(), "session", "abc", None, {"samesite": "sometimes"})
