"""What a look at an app tells the server."""

from __future__ import annotations

import pytest

from kolben import Kolben
from kolben.cli.worker import _static_files


def make(tmp_path, **options):
    (tmp_path / "static").mkdir()
    return Kolben("files", root_path=str(tmp_path), **options)


def test_a_server_may_serve_the_static_folder(tmp_path):
    app = make(tmp_path)
    app.add_url_rule("/statics/<name>", "statics", str)
    assert _static_files(app) == [str(tmp_path / "static"), "/static", 0]


def test_static_files_at_the_root_are_left_to_the_app(tmp_path):
    assert "no URL prefix" in _static_files(make(tmp_path, static_url_path=""))


@pytest.mark.parametrize(
    "prepare",
    [
        lambda app: app.add_url_rule("/static/theme.css", "theme", str),
        lambda app: app.mount("/static/old", lambda environ, start_response: []),
    ],
    ids=["rule", "mount"],
)
def test_static_files_beside_routes_are_left_to_the_app(tmp_path, prepare):
    app = make(tmp_path)
    prepare(app)
    assert "/static/" in _static_files(app)
