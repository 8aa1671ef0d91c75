"""Extensions of Flask's younger years, used as their documentation shows."""

import pytest
from flask import Flask


@pytest.fixture
def app(tmp_path):
    """Return an app with a folder of its own for templates."""
    (tmp_path / "templates").mkdir()
    app = Flask("old_times", root_path=tmp_path)
    app.config.update(TESTING=True)
    return app
