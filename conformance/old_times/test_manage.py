"""A manage.py with Flask-Script and Flask-Migrate 2: `python manage.py COMMAND`."""

import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from flask_script import Manager

MANAGE = """
from flask import Flask
from flask.ext.migrate import Migrate, MigrateCommand
from flask.ext.script import Manager, Server, Shell
from flask.ext.sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///%s" % (app.root_path + "/data.sqlite")
app.config["SQLALCHEMY_TRACK_MODIFICATIONS"] = False
db = SQLAlchemy(app)
Migrate(app, db)


class User(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(20), unique=True)


@app.before_first_request
def before_first_request():
    app.config["WARMED"] = "warm"


@app.route("/")
def index():
    return app.config["WARMED"]


manager = Manager(app)
manager.add_command("db", MigrateCommand)
manager.add_command("shell", Shell(make_context=lambda: {"app": app, "User": User}))


@manager.command
def hello(name="nobody"):
    "Greet somebody."
    print("hello " + name)


@manager.option("-n", "--name", dest="name", default="x")
def add(name):
    db.session.add(User(name=name))
    db.session.commit()
    print([each.name for each in User.query.all()])


if __name__ == "__main__":
    manager.run()
"""


@pytest.fixture
def manage(tmp_path):
    """Return a function that runs manage.py and returns what it printed."""
    (tmp_path / "manage.py").write_text(MANAGE)

    def run(*arguments, given=""):
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=tmp_path,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_commands_are_listed_with_their_help(manage):
    assert "Greet somebody." in manage("--help")
    assert Manager.__module__ == "flask_script"


def test_a_command_runs_with_its_options(manage):
    assert manage("hello") == "hello nobody\n"
    assert manage("hello", "-n", "you") == "hello you\n"


def test_the_shell_has_the_apps_names(manage):
    assert "manage User" in manage("shell", given="print(app.name, User.__name__)\n")


def test_migrations_are_made_and_applied(manage, tmp_path):
    manage("db", "init")
    manage("db", "migrate", "-m", "users")
    versions = list((tmp_path / "migrations" / "versions").glob("*_users.py"))
    assert "create_table('user'" in versions[0].read_text()
    manage("db", "upgrade")
    assert manage("add", "--name", "ann") == "['ann']\n"
    assert "users" in manage("db", "history")


def test_the_server_serves(tmp_path):
    (tmp_path / "manage.py").write_text(MANAGE)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    command = [sys.executable, "manage.py", "runserver", "-p", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE) as server:
        try:
            assert _fetched(f"http://127.0.0.1:{port}/") == "warm"
        finally:
            server.terminate()


def _fetched(url):
    end = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
