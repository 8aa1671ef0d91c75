"""Flask-Bcrypt: hash a password, check it."""

import pytest
from flask import request
from flask_bcrypt import Bcrypt, check_password_hash, generate_password_hash


@pytest.fixture
def bcrypt(app):
    app.config["BCRYPT_LOG_ROUNDS"] = 4  # as cheap as bcrypt allows
    return Bcrypt(app)


def test_a_password_is_kept_as_a_hash_and_checked(app, client, bcrypt):
    kept = {}

    @app.post("/register")
    def register():
        kept["hash"] = bcrypt.generate_password_hash(request.form["password"]).decode()
        return "", 204

    @app.post("/sign-in")
    def sign_in():
        right = bcrypt.check_password_hash(kept["hash"], request.form["password"])
        return ("", 204) if right else ("", 403)

    assert client.post("/register", data={"password": "hunter2"}).status_code == 204
    assert "hunter2" not in kept["hash"]
    assert client.post("/sign-in", data={"password": "hunter2"}).status_code == 204
    assert client.post("/sign-in", data={"password": "hunter3"}).status_code == 403


def test_the_cost_is_the_apps(app, bcrypt):
    assert bcrypt.generate_password_hash("x").startswith(b"$2b$04$")


def test_the_functions_need_no_app():
    hashed = generate_password_hash("x", 4)
    assert check_password_hash(hashed, "x")


def test_long_passwords_are_hashed_first(app):
    app.config.update(BCRYPT_LOG_ROUNDS=4, BCRYPT_HANDLE_LONG_PASSWORDS=True)
    bcrypt = Bcrypt(app)
    hashed = bcrypt.generate_password_hash("x" * 80 + "a")
    assert not bcrypt.check_password_hash(hashed, "x" * 80 + "b")
