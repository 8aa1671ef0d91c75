"""The requests that are measured, and what a right answer to each is."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.wsgi import Answer, Asked, WSGIApp, ask

BOUNDARY = "----bench7MA4YWxkTrZu0gW"
UPLOAD = b"kolben\n\r" * 256
MULTIPART = (
    (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n'
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode()
    + UPLOAD
    + f"\r\n--{BOUNDARY}--\r\n".encode()
)
ORDER = {"name": "Ada", "tags": [1, 2, 3], "nested": {"ok": True}}


@dataclass(frozen=True)
class Case:
    """One kind of request.

    Args:
        name: The row's title.
        asked: The request.
        is_right: Whether an answer is the one wanted.
        prepare: Asked before, for a cookie that this request then carries.
    """

    name: str
    asked: Asked
    is_right: Callable[[Answer], bool]
    prepare: Asked | None = None

    def request_for(self, app: WSGIApp) -> Asked:
        """Return the request as this app needs it: with the cookie that it handed out."""
        if self.prepare is None:
            return self.asked
        cookie = ask(app, self.prepare).header("Set-Cookie").partition(";")[0]
        return replace(self.asked, headers=(*self.asked.headers, ("Cookie", cookie)))

    def check(self, name: str, app: WSGIApp) -> Asked:
        """Return the request to measure after seeing it answered rightly, twice.

        Raises:
            WrongAnswerError: The app answers something else; fast and wrong does not count.
        """
        asked = self.request_for(app)
        for _ in range(2):
            answer = ask(app, asked)
            if not self.is_right(answer):
                raise WrongAnswerError(f"{name} answers the case {self.name!r} wrongly: {answer}")
        return asked


class WrongAnswerError(Exception):
    """A contender's answer is not the one that the case wants."""


def says(text: str, status: int = 200) -> Callable[[Answer], bool]:
    """Want this body and this status."""
    return lambda answer: answer.status == status and answer.body == text.encode()


def says_json(value: object) -> Callable[[Answer], bool]:
    """Want this value as JSON, declared as JSON."""
    return lambda answer: (
        answer.status == 200
        and answer.header("Content-Type").startswith("application/json")
        and json.loads(answer.body) == value
    )


CASES = (
    Case("hello", Asked("/"), says("Hello, World!")),
    Case("user/int", Asked("/user/42"), says_json({"id": 42})),
    Case("query", Asked("/search", query="q=piston&page=2"), says("piston")),
    Case(
        "json echo",
        Asked("/echo", "POST", body=json.dumps(ORDER).encode(), content_type="application/json"),
        says_json(ORDER),
    ),
    Case(
        "form",
        Asked(
            "/form",
            "POST",
            body=b"name=Ada+Lovelace&age=36",
            content_type="application/x-www-form-urlencoded",
        ),
        says("Ada Lovelace"),
    ),
    Case("header", Asked("/header", headers=(("X-Token", "abc"),)), says("abc")),
    Case("cookie", Asked("/cookie", headers=(("Cookie", "a=1; name=ada; b=2"),)), says("ada")),
    Case("404", Asked("/nowhere/at/all"), lambda answer: answer.status == 404),
    Case(
        "blueprint",
        Asked("/shop/item"),
        lambda answer: says("ada")(answer) and answer.header("X-Shop") == "open",
    ),
    Case(
        "redirect",
        Asked("/go"),
        lambda answer: answer.status == 302 and answer.header("Location").endswith("/user/42"),
    ),
    Case(
        "template",
        Asked("/template"),
        says("<h1>Hello, Ada &amp; Bob!</h1><ul><li>1</li><li>2</li><li>3</li></ul>"),
    ),
    Case(
        "session read",
        Asked("/session/read"),
        lambda answer: says("ada")(answer) and answer.header("Vary") == "Cookie",
        prepare=Asked("/session/write"),
    ),
    Case(
        "session write",
        Asked("/session/write"),
        lambda answer: (
            says("written")(answer) and answer.header("Set-Cookie").startswith("session=")
        ),
    ),
    Case(
        "upload",
        Asked(
            "/upload",
            "POST",
            body=MULTIPART,
            content_type=f"multipart/form-data; boundary={BOUNDARY}",
        ),
        says(f"a.bin {len(UPLOAD)} hello"),
    ),
)
