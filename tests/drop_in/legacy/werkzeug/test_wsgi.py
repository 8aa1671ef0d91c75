"""`werkzeug.wsgi` as it was."""

import io

import pytest

from kolben.drop_in.legacy.werkzeug import wsgi


def test_segments_move_from_the_path_to_the_root():
    environ = {"SCRIPT_NAME": "/foo", "PATH_INFO": "/a//b"}
    assert wsgi.peek_path_info(environ) == "a"
    assert wsgi.pop_path_info(environ) == "a"
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/foo/a", "//b")
    assert wsgi.pop_path_info(environ, charset=None) == b"b"
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/foo/a//b", "")
    assert wsgi.pop_path_info(environ) is None
    assert wsgi.peek_path_info(environ) is None
    assert wsgi.get_script_name(environ) == "/foo/a//b"


@pytest.mark.parametrize(
    ("base", "url", "path"),
    [
        ("http://x/app", "/app/hello", "/hello"),
        ("http://x/app", "https://x/app/hello", "/hello"),
        ("http://x/app", "http://x/other", None),
        ("http://x/app", "http://y/app/hello", None),
    ],
)
def test_the_path_below_an_app_is_found(base, url, path):
    assert wsgi.extract_path_info(base, url) == path


def test_a_scheme_may_count():
    found = wsgi.extract_path_info("http://x/", "https://x/a", collapse_http_schemes=False)
    assert found is None


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_lines_come_whole_whatever_is_read_at_once(size):
    data = b"one\r\ntwo\nthree"
    lines = wsgi.make_line_iter(io.BytesIO(data), limit=len(data), buffer_size=size)
    assert list(lines) == [b"one\r\n", b"two\n", b"three"]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_chunks_end_at_the_separator(size):
    data = b"a--b--c"
    assert list(wsgi.make_chunk_iter(io.BytesIO(data), b"--", buffer_size=size)) == [
        b"a",
        b"b",
        b"c",
    ]
    assert list(wsgi.make_chunk_iter([b"a-", b"-b"], b"--")) == [b"a", b"b"]


def test_chunks_may_be_capped():
    chunks = wsgi.make_chunk_iter([b"abcdef"], b"-", buffer_size=4, cap_at_buffer=True)
    assert list(chunks) == [b"abcd", b"ef"]


def test_a_query_string_is_ascii():
    assert wsgi.get_query_string({"QUERY_STRING": "a=1&b=\xc3\xa4"}) == "a=1&b=%C3%A4"
