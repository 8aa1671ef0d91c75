"""An app of its own for each test, written as users write: `import flask`, and the extension."""

import pytest
from flask import Flask


@pytest.fixture
def app():
    """Return an app with a key and errors that reach the test."""
    app = Flask("smoke")
    app.config.update(SECRET_KEY="only for these tests", TESTING=True)
    return app


@pytest.fixture
def client(app):
    """Return a client that keeps its cookies."""
    return app.test_client()
