"""Forms with files: cut at once where they are ordinary, and never other than Werkzeug parses."""

from __future__ import annotations

from contextlib import closing
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Request as WerkzeugRequest

from kolben import Kolben
from kolben import Request as AppRequest
from kolben.http import Request
from kolben.http.multipart import boundary_of, parse_multipart

BOUNDARY = b"----edge"
TYPE = f"multipart/form-data; boundary={BOUNDARY.decode()}"


def field(name: bytes, value: bytes, more: bytes = b"") -> bytes:
    """Write a field as browsers do."""
    return b'Content-Disposition: form-data; name="%s"%s\r\n\r\n%s' % (name, more, value)


def upload(name: bytes, filename: bytes, value: bytes, kind: bytes = b"text/plain") -> bytes:
    """Write a file as browsers do."""
    more = b'; filename="%s"\r\nContent-Type: %s' % (filename, kind)
    return field(name, value, more)


def body_of(*parts: bytes, end: bytes = b"--\r\n") -> bytes:
    """Put parts between delimiters."""
    whole = b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts)
    return whole + b"--" + BOUNDARY + end


def environ_of(body: bytes, content_type: str = TYPE) -> dict[str, Any]:
    """Make the environ of a POST."""
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }


class Reference(WerkzeugRequest):
    """Werkzeug's, with files that need not be closed where its parser gives up half-way."""

    def _get_file_stream(
        self, total_content_length, content_type, filename=None, content_length=None
    ):
        return BytesIO()


def seen(form: Any, files: Any) -> Any:
    """Return all that can be seen of a parsed form, and close its files."""
    found = []
    for key, file in files.items(multi=True):
        with closing(file):
            headers = list(file.headers)
            found.append((key, file.name, file.filename, file.content_type, headers, file.read()))
    return list(form.items(multi=True)), found


snippets = st.sampled_from(
    [
        b"",
        b"a",
        b" ",
        b"\r\n",
        b"\n",
        b"\r",
        b"--",
        b"--" + BOUNDARY,
        b"\r\n--" + BOUNDARY,
        b'"',
        b"\\",
        b"%22",
        b"%",
        b";",
        b"=",
        b"\xc3\xa4",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\xff",
        b"\x00",
        b"\x0b",
        b"\x1c",
        b"\t",
        b"C:\\a.txt",
        b"'",
    ]
)
texts = st.lists(snippets, max_size=5).map(b"".join)
kinds = st.sampled_from(
    [b"text/plain", b"text/plain; charset=latin1", b"a/b", b"", b"image/svg+xml"]
)
parts = st.one_of(
    st.builds(field, texts, texts),
    st.builds(upload, texts, texts, texts, kinds),
    texts,
)


@given(
    st.lists(parts, max_size=4), st.sampled_from([b"--\r\n", b"--", b"", b"--\r\nafter", b"\r\n"])
)
@example([field(b"a", b"1"), upload(b"f", b"x.txt", b"data")], b"--\r\n")
def test_what_is_cut_at_once_means_what_werkzeug_says(drawn: list[bytes], end: bytes) -> None:
    body = body_of(*drawn, end=end)
    found = parse_multipart(body, BOUNDARY, None, None)

    if found is not None:
        reference = Reference(environ_of(body))
        assert seen(*found) == seen(reference.form, reference.files)


@given(st.text("abz09-_'()+,./:=? \"\\;", max_size=12))
@example("----edge")
def test_every_boundary_is_the_one_that_werkzeug_reads(boundary: str) -> None:
    content_type = f"multipart/form-data; boundary={boundary}"
    found = boundary_of(content_type)

    if found is not None:
        assert found.decode() == parse_options_header(content_type)[1]["boundary"]


def test_an_ordinary_body_is_cut_at_once() -> None:
    body = body_of(
        field(b"note", b"hi"), upload(b"f", b"\xc3\xa4.txt", b"data"), field(b"note", b"2")
    )

    found = parse_multipart(body, BOUNDARY, None, None)

    assert found is not None
    fields, files = found
    assert fields.getlist("note") == ["hi", "2"]
    with closing(files["f"]) as file:
        assert (file.filename, file.read()) == ("ä.txt", b"data")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"preamble" + body_of(field(b"a", b"1")),
        body_of(field(b"a", b"1"), end=b""),
        body_of(field(b"a\\b", b"1")),
        body_of(field(b"a", b"1").replace(b"\r\n", b"\n")),
        body_of(upload(b"f", b"a.txt", b"1", kind=b"text/plain; charset=ascii")),
        body_of(field(b"\xff", b"1")),
    ],
)
def test_anything_unusual_is_left_to_werkzeug(body: bytes) -> None:
    assert parse_multipart(body, BOUNDARY, None, None) is None


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", 'multipart/form-data; boundary="a b"', "multipart/mixed; boundary=a"],
)
def test_an_unusual_content_type_has_no_boundary(content_type: str | None) -> None:
    assert boundary_of(content_type) is None


def test_a_file_may_grow_beyond_memory() -> None:
    with Request(environ_of(body_of(upload(b"f", b"a.txt", b"data")))) as request:
        assert isinstance(request.files["f"].stream, SpooledTemporaryFile)


def test_too_many_parts_are_refused() -> None:
    request = Request(environ_of(body_of(*[field(b"a", b"1")] * 3)))
    request.max_form_parts = 2

    with pytest.raises(RequestEntityTooLarge):
        _ = request.form


def test_too_large_a_field_is_refused() -> None:
    request = Request(environ_of(body_of(field(b"a", b"x" * 200))))
    request.max_form_memory_size = 100

    with pytest.raises(RequestEntityTooLarge):
        _ = request.form


def test_a_stream_factory_of_ones_own_is_used(app: Kolben) -> None:
    made: list[str | None] = []

    class Own(AppRequest):
        def _get_file_stream(
            self, total_content_length, content_type, filename=None, content_length=None
        ):
            made.append(filename)
            return BytesIO()

    app.request_class = Own
    app.post("/")(lambda: app.response_class(Own.__name__))

    with app.test_request_context("/", method="POST", data={"f": (BytesIO(b"1"), "a.txt")}) as ctx:
        assert ctx.request.files["f"].read() == b"1"

    assert made == ["a.txt"]


def test_a_body_that_was_read_before_is_parsed_too() -> None:
    body = body_of(field(b"a", b"1"))
    request = Request(environ_of(body))

    assert request.get_data() == body
    assert request.form["a"] == "1"


def test_a_body_is_gone_once_its_form_was_parsed() -> None:
    for body in (body_of(field(b"a", b"1")), b"preamble\r\n" + body_of(field(b"a", b"1"))):
        request = Request(environ_of(body))

        assert request.form["a"] == "1"
        assert request.get_data() == b""
