"""Flask-Principal: who somebody is, and what they may."""

import pytest
from flask import current_app, g
from flask_principal import (
    AnonymousIdentity,
    Identity,
    Permission,
    PermissionDenied,
    Principal,
    RoleNeed,
    UserNeed,
    identity_changed,
    identity_loaded,
)

admins = Permission(RoleNeed("admin"))


@pytest.fixture
def site(app):
    """Return the app with a page for administrators, and ways to sign in and out."""
    Principal(app)

    @identity_loaded.connect_via(app)
    def provide(sender, identity):
        if identity.id is not None:
            identity.provides.add(UserNeed(identity.id))
        if identity.id == "ada":
            identity.provides.add(RoleNeed("admin"))

    @app.get("/sign-in/<name>")
    def sign_in(name):
        identity_changed.send(current_app._get_current_object(), identity=Identity(name))
        return "", 204

    @app.get("/sign-out")
    def sign_out():
        identity_changed.send(current_app._get_current_object(), identity=AnonymousIdentity())
        return "", 204

    @app.get("/admin")
    @admins.require(http_exception=403)
    def admin():
        return f"hello {g.identity.id}"

    @app.get("/which")
    def which():
        with admins.require():
            return "in"

    @app.errorhandler(PermissionDenied)
    def denied(error):
        return "denied", 401

    return app


def test_nobody_is_refused(site, client):
    assert client.get("/admin").status_code == 403


def test_who_has_the_role_enters_and_stays_signed_in(site, client):
    client.get("/sign-in/ada")
    assert client.get("/admin").text == "hello ada"
    assert client.get("/which").text == "in"


def test_who_has_not_the_role_is_refused(site, client):
    client.get("/sign-in/bob")
    assert client.get("/admin").status_code == 403


def test_whoever_signs_out_is_refused_again(site, client):
    client.get("/sign-in/ada")
    client.get("/sign-out")
    assert client.get("/admin").status_code == 403


def test_the_error_has_a_handler(site, client):
    response = client.get("/which")
    assert (response.status_code, response.text) == (401, "denied")
