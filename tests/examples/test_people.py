"""The People example does what its pages promise, in process and behind a real server."""

import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest

from examples.people import create_app
from examples.people.app import ago, initials
from examples.people.fakes import CROWD, PASSWORD
from examples.people.identity import current_person, visitors

ADA = {
    "name": "Ada Lovelace",
    "role": "Programs looms",
    "email": "Ada@Example.org",
    "password": "analytical",
}
IDA = {"email": "ida@example.org", "password": PASSWORD}


@pytest.fixture
def app(tmp_path):
    app = create_app(tmp_path)
    app.testing = True
    yield app
    app.extensions["people"].close()


@pytest.fixture
def client(app):
    return app.test_client()


def test_first_request_makes_the_crowd_once(client):
    for _ in range(2):
        page = client.get("/").text
        assert page.count('class="row"') == len(CROWD)


def test_list_is_numbered_by_enumerate(client):
    numbers = re.findall(r'class="number"[^>]*>(\d+)<', client.get("/").text)
    assert numbers == [str(n) for n in range(1, len(CROWD) + 1)]


def test_search_finds_by_role(client):
    page = client.get("/?q=violin").text
    assert "Tomás Okafor" in page
    assert "Ida Brandt" not in page


def test_search_takes_wildcards_literally(client):
    assert "Nobody matches" in client.get("/?q=%25").text


def test_added_person_is_shown_after_a_redirect_with_a_flash(client):
    page = client.post("/people/new", data=ADA, follow_redirects=True)
    assert page.request.path == f"/people/{len(CROWD) + 1}"
    assert "Ada Lovelace is in the directory now." in page.text
    assert "ada@example.org" in page.text


def test_flash_is_shown_once(client):
    client.post("/people/new", data=ADA, follow_redirects=True)
    assert "in the directory now" not in client.get("/").text


def test_refused_form_keeps_values_and_puts_errors_beside_their_fields(client):
    refused = client.post("/people/new", data=ADA | {"email": "ada@", "role": " "})
    assert refused.status_code == 422
    assert 'value="Ada Lovelace"' in refused.text
    assert 'value="ada@"' in refused.text
    wrong = re.findall(r'name="(\w+)"[^>]*aria-invalid="true"', refused.text)
    assert wrong == ["role", "email"]
    assert "analytical" not in refused.text  # a password is never sent back


def test_taken_address_is_an_error_of_that_field(client):
    client.post("/people/new", data=ADA)
    refused = client.post("/people/new", data=ADA)
    assert refused.status_code == 422
    assert "Somebody with this address is here already." in refused.text


def test_typed_markup_is_shown_as_text(client):
    page = client.post("/people/new", data=ADA | {"name": "<b>Ada</b>"}, follow_redirects=True)
    assert "<b>Ada" not in page.text
    assert "&lt;b&gt;Ada&lt;/b&gt;" in page.text


def test_sign_in_greets_and_is_remembered(client):
    assert "Welcome, Ida Brandt!" in client.post("/sign-in", data=IDA, follow_redirects=True).text
    assert "Sign out" in client.get("/").text


def test_wrong_password_signs_nobody_in(client):
    refused = client.post("/sign-in", data=IDA | {"password": "guess"})
    assert refused.status_code == 422
    assert "do not belong together" in refused.text
    assert "Sign out" not in client.get("/").text


def test_sign_out_forgets(client):
    client.post("/sign-in", data=IDA)
    page = client.post("/sign-out", follow_redirects=True).text
    assert "You are signed out" in page
    assert "Sign in" in page


def test_person_remembers_who_added_them(client):
    client.post("/sign-in", data=IDA)
    page = client.post("/people/new", data=ADA, follow_redirects=True).text
    assert re.search(r"by\s+<a [^>]*>Ida Brandt</a>", page)


def test_current_person_is_there_in_a_request_and_gone_after_it(app, client):
    seen = []
    app.after_request(lambda response: seen.append(current_person.name) or response)
    client.post("/sign-in", data=IDA)
    client.get("/")
    assert seen == ["Guest", "Ida Brandt"]
    assert visitors.top is None


def test_current_person_outside_a_request_says_what_is_missing():
    with pytest.raises(RuntimeError, match="nobody is asking"):
        current_person.name  # noqa: B018


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}]
)
def test_post_from_another_site_changes_nothing(client, headers):
    refused = client.post("/people/new", data=ADA, headers=headers)
    assert refused.status_code == 403
    assert "from another site" in refused.text
    assert "Ada" not in client.get("/").text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}]
)
def test_post_from_this_site_is_welcome(client, headers):
    assert client.post("/people/new", data=ADA, headers=headers).status_code == 302


@pytest.mark.parametrize("path", ["/nowhere", "/people/999"])
def test_missing_page_looks_like_the_site(client, path):
    page = client.get(path)
    assert page.status_code == 404
    assert "Back to everybody" in page.text


def test_pages_load_nothing_from_elsewhere(client):
    page = client.get("/")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page.text)


def test_people_and_sessions_survive_a_restart(app, client, tmp_path):
    client.post("/sign-in", data=IDA)
    client.post("/people/new", data=ADA)
    cookie = client.get_cookie("people").value
    again = create_app(tmp_path)
    visitor = again.test_client()
    visitor.set_cookie("people", cookie)
    page = visitor.get("/").text
    again.extensions["people"].close()
    assert "Ada Lovelace" in page
    assert "Sign out" in page


def test_secret_key_is_for_its_owner_only(app, tmp_path):
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "short"), [("Ada King Lovelace", "AL"), ("Ada", "A"), ("ada lovelace", "AL")]
)
def test_initials_take_the_first_and_last_word(name, short):
    assert initials(name) == short


def test_ago_speaks_in_the_largest_unit():
    now = datetime.now(UTC)
    words = [ago(now - timedelta(seconds=s)) for s in (5, 61, 7300, 86_500)]
    assert words == ["just now", "1 minute ago", "2 hours ago", "1 day ago"]


@pytest.fixture
def taken_port():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "kill"])
def test_launcher_serves_on_a_free_port_until_stopped(tmp_path, taken_port, stop):
    command = ["-m", "examples.people", "--port", str(taken_port), "--instance", str(tmp_path)]
    with subprocess.Popen(
        [sys.executable, *command],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        try:
            says = server.stdout.readline() + server.stdout.readline()
            url = re.search(r"http://127\.0\.0\.1:\d+/", says)[0]
            with urlopen(url, timeout=20) as page:
                assert "Ida Brandt" in page.read().decode()
        finally:
            server.send_signal(stop)
        assert f"Port {taken_port} is taken" in says
        assert server.stdout.read().strip() == "Good-bye."
        assert server.wait(20) == 0
