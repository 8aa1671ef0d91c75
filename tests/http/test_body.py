"""Whatever is read in whatever order, and however the body came: it is what Werkzeug gives."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request as WerkzeugRequest

from kolben import Request


class Trickle(BytesIO):
    """A stream that gives less than it is asked for, as a socket may."""

    def read(self, size=-1):
        piece = max(3, len(self.getbuffer()) // 10)
        return super().read(min(size, piece) if size is not None and size >= 0 else size)

    def readinto(self, buffer):
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class OnlyRead:
    """A stream with nothing but the methods of PEP 3333."""

    def __init__(self, data):
        self._file = BytesIO(data)

    def read(self, size=-1):
        return self._file.read(size)


class Broken(BytesIO):
    """A stream whose connection is gone."""

    def read(self, size=-1):
        raise OSError("gone")

    readinto = read


READS = {
    "get_data": lambda request: request.get_data(),
    "get_data uncached": lambda request: request.get_data(cache=False),
    "get_data as text": lambda request: request.get_data(as_text=True),
    "get_data parsed": lambda request: request.get_data(parse_form_data=True),
    "data": lambda request: request.data,
    "form": lambda request: list(request.form.items(multi=True)),
    "files": lambda request: [(key, file.read()) for key, file in request.files.items()],
    "values": lambda request: list(request.values.items(multi=True)),
    "stream": lambda request: request.stream.read(),
    "some of the stream": lambda request: request.stream.read(2),
    "json": lambda request: request.get_json(silent=True),
    "json forced": lambda request: request.get_json(force=True, silent=True),
    "json uncached": lambda request: request.get_json(cache=False, silent=True),
}
BODIES = [
    *(b"", b"a=b", b"a=b&a=c&d=%C3%A4+x", b"\xff=1", b'{"a": [1]}', b"[", b"x" * 70_000),
    b'--B\r\nContent-Disposition: form-data; name="f"; filename="n"\r\n\r\nhi\r\n--B--\r\n',
]
TYPES = [
    *("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8"),
    *("application/json", "application/vnd.api+json", "multipart/form-data; boundary=B", None, ""),
    *("text/plain", "Application/X-WWW-Form-Urlencoded", "multipart/form-data"),
]


@st.composite
def environs(draw):
    body = draw(st.sampled_from(BODIES))
    stream = draw(st.sampled_from([BytesIO, Trickle, OnlyRead, Broken]))
    environ = EnvironBuilder(method=draw(st.sampled_from(["POST", "GET"]))).get_environ()
    extra = draw(st.sampled_from([b"", b"", b"next request"]))
    length = draw(st.sampled_from([len(body)] * 4 + [len(body) + 5, max(len(body) - 1, 0), None]))
    environ.pop("CONTENT_LENGTH", None)
    if length is not None:
        odd = ["-1", "x", "", "+3", "1_0", " 3 ", "٣", "99999999999"]
        environ["CONTENT_LENGTH"] = draw(st.sampled_from([str(length)] * 8 + odd))
    if (content_type := draw(st.sampled_from(TYPES))) is not None:
        environ["CONTENT_TYPE"] = content_type
    if draw(st.integers(0, 5)) == 0:
        environ["wsgi.input_terminated"], extra = True, b""
    if draw(st.integers(0, 7)) == 0:
        environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    return environ, lambda: stream(body + extra)


def read_all(cls, environ, make_stream, limit, reads):
    request = cls({**environ, "wsgi.input": make_stream()})
    if limit is not None:
        request.max_content_length = limit
    request._get_file_stream = lambda **_options: BytesIO()  # one that needs no closing
    results = []
    for name in reads:
        try:
            results.append((name, READS[name](request)))
        except Exception as error:
            results.append((name, type(error)))
            break
    return results


@settings(max_examples=400, deadline=None)
@given(
    environs(),
    st.sampled_from([None, None, None, 2, 10, 100_000]),
    st.lists(st.sampled_from(sorted(READS)), min_size=1, max_size=4),
)
def test_reading_is_what_werkzeug_does(environ_and_stream, limit, reads):
    environ, make_stream = environ_and_stream
    # Here Werkzeug cuts a body off; the tests below say what is right.
    assume(limit is None or "wsgi.input_terminated" not in environ or limit == 100_000)
    ours = read_all(Request, environ, make_stream, limit, reads)
    theirs = read_all(WerkzeugRequest, environ, make_stream, limit, reads)
    assert ours == theirs


def form_request(body=b"a=b", **environ):
    made = EnvironBuilder(
        method="POST", input_stream=BytesIO(body), content_type="application/x-www-form-urlencoded"
    ).get_environ()
    made.pop("wsgi.input_terminated", None)
    return Request({**made, "CONTENT_LENGTH": str(len(body)), **environ})


def test_a_form_larger_than_allowed_is_413_and_unread():
    request = form_request(b"a=" + b"b" * 100)
    request.max_content_length = 50
    with pytest.raises(RequestEntityTooLarge):
        _ = request.form
    assert request.environ["wsgi.input"].tell() == 0


def test_a_form_that_ends_too_early_is_a_disconnected_client():
    request = form_request(b"a=b", CONTENT_LENGTH="10")
    with pytest.raises(ClientDisconnected):
        _ = request.form


def test_what_follows_the_body_is_left_in_the_stream():
    request = form_request(b"a=bGET / HTTP/1.1", CONTENT_LENGTH="3")
    assert request.form["a"] == "b"
    assert request.environ["wsgi.input"].read() == b"GET / HTTP/1.1"


def test_after_a_form_the_stream_is_at_its_end():
    request = form_request(b"a=b")
    assert request.form["a"] == "b"
    assert request.stream.read() == b""
    assert request.stream.tell() == 3
    assert request.get_data() == b""


def test_body_then_form_then_body():
    request = form_request(b"a=b")
    assert request.get_data() == b"a=b"
    assert request.form["a"] == "b"
    assert request.get_data() == b"a=b"


def test_a_size_that_is_only_claimed_is_not_read_at_once():
    class Counting(BytesIO):
        largest = 0

        def readinto(self, buffer):
            self.largest = max(self.largest, len(buffer))
            return super().readinto(buffer)

        def read(self, size=-1):
            self.largest = max(self.largest, size)
            return super().read(size)

    stream = Counting(b"a=b")
    request = form_request(**{"wsgi.input": stream, "CONTENT_LENGTH": str(10**10)})
    with pytest.raises(ClientDisconnected):
        _ = request.form
    assert stream.largest <= 64 * 1024


# -- bodies whose server ends the stream, so that their size is not known --------------------------


def chunked_request(body, limit=10, stream=BytesIO):
    environ = EnvironBuilder(method="POST").get_environ()
    environ.pop("CONTENT_LENGTH", None)
    request = Request({**environ, "wsgi.input_terminated": True, "wsgi.input": stream(body)})
    request.max_content_length = limit
    return request


EVERY_STREAM = pytest.mark.parametrize("stream", [BytesIO, Trickle, OnlyRead])
WAYS_TO_READ = {
    "all": lambda stream: stream.read(),
    "by four": lambda stream: b"".join(iter(lambda: stream.read(4), b"")),
    "much": lambda stream: b"".join(iter(lambda: stream.read(1000), b"")),
    "lines": b"".join,
    "readinto": lambda stream: b"".join(iter(lambda: into(stream), b"")),
    "exhaust": lambda stream: stream.exhaust(),
    "limit, exhaust": lambda stream: stream.read(10) + stream.exhaust(),
}


def into(stream):
    buffer = bytearray(7)
    return bytes(buffer[: stream.readinto(buffer)])


@EVERY_STREAM
@pytest.mark.parametrize("way", WAYS_TO_READ)
@pytest.mark.parametrize("body", [b"", b"a\nb", b"0123456789"])
def test_a_body_up_to_the_limit_is_read_to_its_end(way, body, stream):
    source = chunked_request(body, stream=stream).stream
    assert WAYS_TO_READ[way](source) == body
    assert source.read() == b""
    assert source.tell() == len(body)


@EVERY_STREAM
@pytest.mark.parametrize("way", WAYS_TO_READ)
@pytest.mark.parametrize("body", [b"0123456789a", b"0\n" * 5000])
def test_a_body_over_the_limit_is_413_however_often_it_is_read(way, body, stream):
    request = chunked_request(body, stream=stream)
    for _ in range(3):
        with pytest.raises(RequestEntityTooLarge):
            WAYS_TO_READ[way](request.stream)
    with pytest.raises(RequestEntityTooLarge):
        request.get_data()


def test_where_no_body_is_allowed_an_empty_one_passes():
    assert chunked_request(b"", limit=0).get_data() == b""
    with pytest.raises(RequestEntityTooLarge):
        chunked_request(b"a", limit=0).get_data()


def test_no_more_than_one_byte_over_the_limit_is_taken_from_the_server():
    request = chunked_request(b"x" * 1000)
    with pytest.raises(RequestEntityTooLarge):
        request.get_data()
    assert request.environ["wsgi.input"].tell() == 11


def test_a_body_of_unknown_length_whose_connection_breaks_is_a_disconnected_client():
    with pytest.raises(ClientDisconnected):
        chunked_request(b"a", stream=Broken).get_data()


def test_without_a_limit_the_servers_own_stream_is_read():
    request = chunked_request(b"x" * 1000, limit=None)
    assert request.stream is request.environ["wsgi.input"]
