"""Redirects: what Werkzeug's helper makes, made in fewer steps."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.utils import redirect as werkzeugs_redirect
from werkzeug.wrappers import Response as WerkzeugResponse

from kolben import Kolben, Response, url_for
from kolben.http.redirects import redirect


def seen(response: WerkzeugResponse) -> Any:
    """Return all that a client sees of a response."""
    answer = response.get_wsgi_response({"REQUEST_METHOD": "GET"})
    return b"".join(answer[0]), answer[1], sorted(answer[2])


@pytest.mark.parametrize(
    "location",
    [
        "/",
        "/a?b=c&d=<e>",
        "https://example.com/'\"",
        "//elsewhere/%20",
        "/ä/ö?ü=€",
        "relative",
        "",
        "/with blank",
    ],
)
@pytest.mark.parametrize("code", [301, 302, 303, 305, 307, 308])
def test_a_redirect_is_the_one_that_werkzeug_makes(location: str, code: int) -> None:
    expected = werkzeugs_redirect(location, code, Response=Response)

    assert seen(redirect(location, code, Response)) == seen(expected)


def test_a_page_shows_the_url_escaped() -> None:
    assert "<b>" not in redirect("/<b>", 302, Response).get_data(as_text=True)


@pytest.mark.parametrize("location", ["/a\r\nSet-Cookie: b=c", "/a\nb", "/a\rb"])
def test_a_url_with_a_line_break_is_refused(location: str) -> None:
    with pytest.raises(ValueError, match="newline"):
        redirect(location, 302, Response)


def test_a_response_class_of_ones_own_is_used() -> None:
    class Own(Response):
        default_mimetype = "application/json"

        @property
        def status(self) -> str:
            return super().status

        @status.setter
        def status(self, value: str) -> None:
            WerkzeugResponse.status.__set__(self, value)

    made = redirect("/", 302, Own)

    assert (type(made), made.status_code, made.mimetype) == (Own, 302, "text/html")


def test_a_response_class_of_werkzeugs_is_used() -> None:
    assert type(redirect("/", 302, WerkzeugResponse)) is WerkzeugResponse


def test_url_for_asks_the_method_of_the_app(app: Kolben) -> None:
    class Own(Kolben):
        def url_for(self, /, endpoint: str, **values: Any) -> str:  # type: ignore[override]
            return f"own:{endpoint}:{values}"

    with Own("own").test_request_context():
        assert url_for("a", b=1) == "own:a:{'b': 1}"
