"""The health check."""

from __future__ import annotations

from kolben.health import HealthCheck


def test_it_runs_nothing_of_the_app(app, client):
    seen = []
    app.before_request(lambda: seen.append("hook"))
    app.before_first_request(lambda: seen.append("first"))
    app.before_serving(lambda: seen.append("serving"))
    app.mount("/healthz", HealthCheck(app))
    response = client.get("/healthz", buffered=True)
    assert response.json == {"status": "ok"}
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers
    assert seen == []


def test_it_says_when_the_end_is_near(app, client):
    app.mount("/healthz", HealthCheck(app))
    app._life.stop()
    response = client.get("/healthz", buffered=True)
    assert response.status_code == 503
    assert response.json == {"status": "stopping"}


def test_it_is_read_only(app, client):
    app.mount("/healthz", HealthCheck(app))
    assert client.head("/healthz", buffered=True).status_code == 200
    assert client.post("/healthz", buffered=True).status_code == 405
