"""Tests of kolben.helpers.files: sending files with what the app knows."""

from __future__ import annotations

import io

import pytest
from werkzeug.exceptions import NotFound

from kolben import Kolben, Response, send_file, send_from_directory


@pytest.fixture
def app(tmp_path):
    (tmp_path / "page.html").write_text("<h1>Hi</h1>")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "note.txt").write_text("0123456789")
    (tmp_path / "secret.txt").write_text("secret")
    app = Kolben("files", root_path=str(tmp_path), static_folder=None, instance_path=str(tmp_path))
    app.config["TESTING"] = True
    return app


@pytest.fixture
def send(app):
    """Let a view send something; return the client's response."""

    def request(view, **kwargs):
        app.add_url_rule("/", "index", view)
        return app.test_client().get("/", buffered=True, **kwargs)

    return request


def test_a_path_is_relative_to_the_apps_root(send):
    response = send(lambda: send_file("page.html"))
    assert (response.data, response.mimetype) == (b"<h1>Hi</h1>", "text/html")
    assert response.headers["Cache-Control"] == "no-cache"
    assert response.headers["Content-Length"] == "11"


def test_the_response_is_of_the_apps_class(app):
    class Mine(Response):
        pass

    app.response_class = Mine
    with app.test_request_context():
        response = send_file("page.html")
        assert type(response) is Mine
        response.close()


def test_a_second_request_with_the_etag_is_not_modified(app, send):
    etag = send(lambda: send_file("page.html")).headers["ETag"]
    response = app.test_client().get("/", headers={"If-None-Match": etag})
    assert (response.status_code, response.data) == (304, b"")


def test_a_range_is_served(send):
    response = send(lambda: send_file("inner/note.txt"), headers={"Range": "bytes=2-4"})
    assert (response.status_code, response.data) == (206, b"234")
    assert response.headers["Content-Range"] == "bytes 2-4/10"


def test_a_file_object_is_sent_as_attachment(send):
    response = send(
        lambda: send_file(io.BytesIO(b"a,b"), as_attachment=True, download_name="t.csv")
    )
    assert response.data == b"a,b"
    assert response.headers["Content-Disposition"] == "attachment; filename=t.csv"


def test_the_app_says_how_long_a_file_may_be_kept(app, send):
    app.get_send_file_max_age = lambda name: 10 if name.endswith("page.html") else None
    assert send(lambda: send_file("page.html")).cache_control.max_age == 10


def test_the_caller_says_how_long_a_file_may_be_kept(send):
    assert send(lambda: send_file("page.html", max_age=7)).cache_control.max_age == 7


def test_a_server_that_sends_files_itself_is_told_the_path(app, send, tmp_path):
    app.config["USE_X_SENDFILE"] = True
    response = send(lambda: send_file("page.html"))
    assert response.headers["X-Sendfile"] == str(tmp_path / "page.html")
    assert response.data == b""


def test_a_file_is_found_below_its_folder(send):
    response = send(lambda: send_from_directory("inner", "note.txt", as_attachment=True))
    assert response.data == b"0123456789"
    assert response.headers["Content-Disposition"] == "attachment; filename=note.txt"


@pytest.mark.parametrize(
    "path", ["../secret.txt", "..", ".", "/etc/passwd", "absent.txt", "note.txt/..", "a/../../x"]
)
def test_nothing_outside_of_the_folder_is_sent(app, path):
    with app.test_request_context(), pytest.raises(NotFound):
        send_from_directory("inner", path)


def test_without_a_request_the_error_says_how_to_get_one(app):
    with app.app_context(), pytest.raises(RuntimeError, match="test_request_context"):
        send_file("page.html")
