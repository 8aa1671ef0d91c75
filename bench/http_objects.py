"""What requests and responses cost by themselves, beside Werkzeug's.

``python -m bench.http_objects``: everything runs in one process and one thread; the numbers are
nanoseconds of thread time, each the least of many short rounds, without the garbage collector.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.sansio.http import parse_cookie
from werkzeug.wrappers import Request as WerkzeugRequest
from werkzeug.wrappers import Response as WerkzeugResponse
from werkzeug.wsgi import get_host, get_input_stream

from kolben import Request, Response
from kolben.http import check_host
from kolben.http.body import read_at_once
from kolben.http.cookies import parse_cookies
from kolben.http.fields import make_fields
from kolben.http.query import parse_query, unescape
from kolben.http.status import content_lengths

ENVIRON: dict[str, Any] = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/search",
    "QUERY_STRING": "q=hello",
    "SERVER_NAME": "localhost",
    "SERVER_PORT": "80",
    "HTTP_HOST": "localhost",
    "HTTP_X_TOKEN": "abc",
    "HTTP_COOKIE": "theme=dark; session=abc.def",
    "wsgi.url_scheme": "http",
}
FORM = b"name=J%C3%B6rg&age=42"
JSON = b'{"name": "value"}'


def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
    """Take what a server takes."""


def request_cases(cls: type[WerkzeugRequest]) -> dict[str, Callable[[], Any]]:
    """Give what is measured of a request class."""
    form = {
        **ENVIRON,
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(FORM)),
    }
    json = {**form, "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(JSON))}

    def post_form() -> str:
        form["wsgi.input"] = BytesIO(FORM)
        return cls(form).form["name"]

    def post_json() -> Any:
        json["wsgi.input"] = BytesIO(JSON)
        return cls(json).get_json()

    known = cls(ENVIRON)
    return {
        "request": lambda: cls(ENVIRON),
        "request, args.get": lambda: cls(ENVIRON).args.get("q"),
        "request, args.get of a missing key": lambda: cls(ENVIRON).args.get("page", 1, type=int),
        "request, headers.get": lambda: cls(ENVIRON).headers.get("X-Token"),
        "request, cookies.get": lambda: cls(ENVIRON).cookies.get("session"),
        "request, form": post_form,
        "request, get_json": post_json,
        "args, read again": lambda: known.args,
        "user_agent, read again": lambda: known.user_agent,
    }


def response_cases(cls: type[WerkzeugResponse]) -> dict[str, Callable[[], Any]]:
    """Give what is measured of a response class."""

    def touched() -> Any:
        response = cls("Hello, World!")
        response.headers["X-Frame-Options"] = "DENY"
        return response(ENVIRON, start_response)

    def redirect() -> Any:
        response = cls("Elsewhere", 302)
        response.headers["Location"] = "/login?next=%2F"
        return response(ENVIRON, start_response)

    return {
        "response": lambda: cls("Hello, World!"),
        "response, called": lambda: cls("Hello, World!")(ENVIRON, start_response),
        "response of JSON, called": lambda: cls('{"name":"value"}\n', mimetype="application/json")(
            ENVIRON, start_response
        ),
        "response with headers=, called": lambda: cls("Hello", headers={"X-A": "1"})(
            ENVIRON, start_response
        ),
        "response with a header set, called": touched,
        "redirect, called": redirect,
    }


def part_cases() -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Give single parts, each beside what it replaces."""
    cookie = "a=1; name=ada; b=2"
    ours = parse_query("q=hello")
    theirs = ImmutableMultiDict([("q", "hello")])
    environ = {"CONTENT_LENGTH": "10"}

    def stream() -> BytesIO:
        environ["wsgi.input"] = found = BytesIO(b"name=value")
        return found

    return {
        "part: check_host": (lambda: check_host(ENVIRON), lambda: get_host(ENVIRON)),
        "part: cookie header": (lambda: parse_cookies(cookie), lambda: parse_cookie(cookie)),
        "part: percent-decoding": (
            lambda: unescape("J%C3%B6rg"),
            lambda: unquote("J%C3%B6rg", errors="werkzeug.url_quote"),
        ),
        "part: small body": (
            lambda: stream() and read_at_once(environ, None),
            lambda: stream() and get_input_stream(environ).read(),
        ),
        "part: get() of fields": (lambda: ours.get("q"), lambda: theirs.get("q")),
        "part: get() of a missing field": (lambda: ours.get("p"), lambda: theirs.get("p")),
        "part: Content-Length pair": (
            lambda: content_lengths[len(cookie)],
            lambda: ("Content-Length", str(len(cookie))),
        ),
        "part: fields from one pair": (
            lambda: make_fields({"q": ["hello"]}),
            lambda: ImmutableMultiDict([("q", "hello")]),
        ),
    }


def measure(case: Callable[[], Any], rounds: int = 60, calls: int = 500) -> float:
    """Time one call of a case.

    Args:
        case: What is called.
        rounds: How many rounds the least is taken of.
        calls: Calls in a round.

    Returns:
        Nanoseconds a call.
    """
    best = float("inf")
    repeat = range(calls)
    gc.disable()
    try:
        for _ in range(rounds):
            start = time.thread_time_ns()
            for _ in repeat:
                case()
            best = min(best, (time.thread_time_ns() - start) / calls)
    finally:
        gc.enable()
    return best


def run() -> dict[str, tuple[float, float]]:
    """Measure every case.

    Returns:
        For each case Kolben's and Werkzeug's (or the standard library's) nanoseconds.
    """
    results = {}
    for cases, ours, theirs in (
        (request_cases, Request, WerkzeugRequest),
        (response_cases, Response, WerkzeugResponse),
    ):
        expected = cases(theirs)
        for name, case in cases(ours).items():
            results[name] = (measure(case), measure(expected[name]))
    for name, (case, replaced) in part_cases().items():
        results[name] = (measure(case), measure(replaced))
    return results


if __name__ == "__main__":
    print(f"{'':38}{'Kolben':>8}{'Werkzeug':>10}  ns")
    for label, (mine, werkzeugs) in run().items():
        print(f"{label:38}{mine:8.0f}{werkzeugs:10.0f}")
