"""kolben.sessions.server: sessions on the server, from one request to the next."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from kolben import Kolben, flash, get_flashed_messages, request, session
from kolben.sessions import (
    MemoryStore,
    ServerSession,
    ServerSessionInterface,
    ServerSessions,
    session_json_serializer,
)
from kolben.testing import KolbenClient


class Watched(MemoryStore):
    """A store that notes what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def read(self, sid):
        self.calls.append("read")
        return super().read(sid)

    def change(self, sid, function, lifetime):
        self.calls.append("change")
        return super().change(sid, function, lifetime)


def add_views(app: Kolben) -> Kolben:
    """Views that do what sessions are for."""

    @app.post("/set/<name>/<value>")
    def set_item(name, value):
        session[name] = value
        return "set"

    @app.get("/")
    def get_items():
        return dict(session)

    @app.post("/append/<value>")
    async def append(value):
        session.setdefault("deep", {"list": []})["list"].append(value)
        return "appended"

    @app.post("/delete/<name>")
    def delete(name):
        del session[name]
        return "deleted"

    @app.post("/clear")
    def clear():
        session.clear()
        return "cleared"

    @app.post("/permanent")
    def make_permanent():
        session.permanent = request.args.get("on", "1") == "1"
        return "permanent"

    @app.post("/sign-in")
    def sign_in():
        session.regenerate()
        session["user"] = "ann"
        return "signed in"

    @app.post("/sign-out")
    async def sign_out():
        session.destroy()
        return "signed out"

    @app.get("/nothing")
    def nothing():
        return "nothing"

    return app


@pytest.fixture
def app(app, store) -> Kolben:
    """An app with sessions in one store after the other."""
    app.session_interface = ServerSessionInterface(store)
    return add_views(app)


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def watched_client(watched) -> KolbenClient:
    """A client of an app whose store tells what it was asked."""
    app = Kolben("kolben_test", root_path=".", static_folder=None, instance_path="/nowhere")
    app.config.update(TESTING=True, SECRET_KEY="a secret for tests")
    app.session_interface = ServerSessionInterface(watched)
    return add_views(app).test_client()


def cookie_of(client: KolbenClient) -> str | None:
    cookie = client.get_cookie("session")
    return cookie and cookie.value


def set_cookie(response) -> str:
    cookies = response.headers.getlist("Set-Cookie")
    assert len(cookies) <= 1
    return "".join(cookies)


def other_client(client: KolbenClient, cookie: str | None) -> KolbenClient:
    """A client that sends a cookie it got from somewhere."""
    other = client.application.test_client()
    assert cookie
    other.set_cookie("session", cookie)
    return other


# From one request to the next


def test_an_item_comes_back_in_the_next_request(client: KolbenClient) -> None:
    response = client.post("/set/color/red")
    assert "HttpOnly" in set_cookie(response)
    assert response.headers["Vary"] == "Cookie"
    assert client.get("/").json == {"color": "red"}


def test_clients_do_not_share_a_session(app: Kolben, client: KolbenClient) -> None:
    client.post("/set/color/red")
    assert app.test_client().get("/").json == {}


def test_the_cookie_holds_nothing_but_the_id(client: KolbenClient) -> None:
    client.post("/set/color/red")
    before = cookie_of(client)
    assert set_cookie(client.post("/set/color/" + "blue" * 5000)) == ""
    assert cookie_of(client) == before
    assert len(before or "") < 100


def test_a_change_inside_of_a_value_is_saved(client: KolbenClient) -> None:
    client.post("/append/a")
    client.post("/append/b")
    assert client.get("/").json == {"deep": {"list": ["a", "b"]}}


def test_a_deleted_item_is_gone(client: KolbenClient) -> None:
    client.post("/set/color/red")
    client.post("/set/size/xl")
    client.post("/delete/color")
    assert client.get("/").json == {"size": "xl"}


def test_clearing_removes_the_session_and_the_cookie(client: KolbenClient) -> None:
    client.post("/set/color/red")
    cookie = cookie_of(client)
    client.post("/clear")
    assert cookie_of(client) is None
    assert other_client(client, cookie).get("/").json == {}


def test_flashes_come_through(app: Kolben, client: KolbenClient) -> None:
    app.add_url_rule("/flash", view_func=lambda: flash("hello") or "", endpoint="flash")
    app.add_url_rule("/show", view_func=get_flashed_messages, endpoint="show")
    client.get("/flash")
    assert client.get("/show").json == ["hello"]
    assert client.get("/show").json == []


def test_a_session_transaction_sees_and_saves(client: KolbenClient) -> None:
    with client.session_transaction() as opened:
        opened["color"] = "red"
    assert client.get("/").json == {"color": "red"}
    with client.session_transaction() as opened:
        assert opened == {"color": "red"}


def test_without_a_secret_key_it_says_so(app: Kolben, client: KolbenClient) -> None:
    app.secret_key = None
    with pytest.raises(RuntimeError, match="session is unavailable because no secret key"):
        client.post("/set/color/red")


def test_a_secret_key_removed_meanwhile_is_an_error(app: Kolben, client: KolbenClient) -> None:
    @app.post("/remove")
    def remove():
        session["color"] = "red"
        app.secret_key = None
        return ""

    with pytest.raises(RuntimeError, match=r"app\.secret_key was removed during the request"):
        client.post("/remove")


# Nothing is asked or saved without need


def test_a_request_that_ignores_the_session_asks_for_nothing(watched_client, watched) -> None:
    watched_client.post("/set/color/red")
    watched.calls.clear()
    response = watched_client.get("/nothing")
    assert watched.calls == []
    assert "Vary" not in response.headers


def test_reading_saves_nothing(watched_client, watched) -> None:
    watched_client.post("/append/a")
    watched.calls.clear()
    response = watched_client.get("/")
    assert watched.calls == ["read"]
    assert set_cookie(response) == ""
    assert response.headers["Vary"] == "Cookie"


def test_setting_the_same_value_again_saves_nothing(watched_client, watched) -> None:
    watched_client.post("/set/color/red")
    watched.calls.clear()
    watched_client.post("/set/color/red")
    assert watched.calls == ["read"]


def test_an_empty_new_session_is_not_stored(watched_client, watched) -> None:
    assert set_cookie(watched_client.get("/")) == ""
    assert watched.calls == []


def test_modified_forces_and_suppresses(watched_client, watched) -> None:
    app = watched_client.application

    @app.post("/force")
    def force():
        session.modified = True
        return str(session.modified)

    @app.post("/suppress")
    def suppress():
        session["color"] = "blue"
        session.modified = False
        session["size"] = "xl"
        return str(session.modified)

    watched_client.post("/set/color/red")
    watched.calls.clear()
    assert watched_client.post("/force").text == "True"
    assert "change" in watched.calls
    assert watched_client.post("/suppress").text == "True"
    assert watched_client.get("/").json == {"color": "red", "size": "xl"}


def test_what_cannot_be_serialized_is_named(app: Kolben, client: KolbenClient) -> None:
    @app.post("/object")
    def store_object():
        session["thing"] = object()
        return ""

    with pytest.raises(TypeError, match=r"session\['thing'\] can't be saved"):
        client.post("/object")


# Ids


def test_a_tampered_id_opens_an_empty_session_with_another_id(client: KolbenClient) -> None:
    client.post("/set/color/red")
    cookie = cookie_of(client)
    assert cookie
    for wrong in (cookie[:-3] + "AAA", "x" + cookie[1:], cookie.rpartition(".")[0], "s\xff.", "."):
        other = other_client(client, wrong)
        assert other.get("/").json == {}
        other.post("/set/size/xl")
        assert cookie_of(other) not in {cookie, wrong}
    assert client.get("/").json == {"color": "red"}


def test_an_id_that_the_store_does_not_know_is_not_adopted(app, client, store) -> None:
    client.post("/set/color/red")
    planted = cookie_of(client)
    with client.session_transaction() as opened:
        sid = opened.sid
    store.take(sid)
    victim = other_client(client, planted)
    victim.post("/set/user/ann")
    assert cookie_of(victim) != planted
    assert store.read(sid) is None
    assert other_client(client, planted).get("/").json == {}


def test_an_old_secret_key_still_opens_its_sessions(app: Kolben, client: KolbenClient) -> None:
    client.post("/set/color/red")
    app.config.update(SECRET_KEY="another", SECRET_KEY_FALLBACKS=["a secret for tests"])
    assert client.get("/").json == {"color": "red"}
    app.config["SECRET_KEY_FALLBACKS"] = None
    assert client.get("/").json == {}


def test_a_change_has_the_newest_key_sign_the_id(app: Kolben, client: KolbenClient) -> None:
    client.post("/set/color/red")
    old = cookie_of(client)
    app.config.update(SECRET_KEY="another", SECRET_KEY_FALLBACKS=["a secret for tests"])
    assert "Set-Cookie" not in client.get("/").headers
    assert cookie_of(client) == old
    client.post("/set/size/xl")
    app.config["SECRET_KEY_FALLBACKS"] = None
    assert client.get("/").json == {"color": "red", "size": "xl"}
    assert other_client(client, old).get("/").json == {}


def test_an_id_that_the_newest_key_has_signed_is_not_signed_again(app, client) -> None:
    app.config["SECRET_KEY_FALLBACKS"] = ["an older one"]
    client.post("/set/color/red")
    assert "Set-Cookie" not in client.post("/set/color/blue").headers


def test_foreign_data_under_an_id_is_an_empty_session(client, store) -> None:
    client.post("/set/color/red")
    with client.session_transaction() as opened:
        sid = opened.sid
    for foreign in ('{"color": 1}', '{"color": "no json"}', "{"):
        store.change(sid, lambda _, foreign=foreign: foreign, 60)
        assert client.get("/").json == {}


def test_signing_in_keeps_the_content_under_another_id(client: KolbenClient) -> None:
    client.post("/set/cart/full")
    planted = cookie_of(client)
    client.post("/sign-in")
    assert cookie_of(client) != planted
    assert client.get("/").json == {"cart": "full", "user": "ann"}
    assert other_client(client, planted).get("/").json == {}


def test_the_old_id_is_unusable_at_once(app: Kolben, client: KolbenClient) -> None:
    @app.post("/during")
    def during():
        planted = request.cookies["session"]
        assert session.sid
        session.regenerate()
        assert session.sid is None
        return other_client(client, planted).get("/").json

    client.post("/set/cart/full")
    assert client.post("/during").json == {}
    assert client.get("/").json == {"cart": "full"}


def test_regenerating_keeps_the_objects_that_the_view_holds(app, client) -> None:
    @app.post("/held")
    def held():
        held = session["deep"]["list"]
        session.regenerate()
        held.append("b")
        return ""

    client.post("/append/a")
    client.post("/held")
    assert client.get("/").json == {"deep": {"list": ["a", "b"]}}


def test_regenerating_a_new_or_an_empty_session_stores_nothing(client, app) -> None:
    @app.post("/regenerate")
    def regenerate():
        session.clear()
        session.regenerate()
        return ""

    assert set_cookie(client.post("/regenerate")) == ""
    client.post("/set/color/red")
    client.post("/regenerate")
    assert cookie_of(client) is None


def test_signing_out_ends_the_session_and_deletes_the_cookie(client: KolbenClient) -> None:
    client.post("/sign-in")
    cookie = cookie_of(client)
    client.post("/sign-out")
    assert cookie_of(client) is None
    assert other_client(client, cookie).get("/").json == {}


def test_signing_out_of_nothing_sets_no_cookie(client: KolbenClient) -> None:
    assert set_cookie(client.post("/sign-out")) == ""


def test_what_comes_after_destroying_starts_a_new_session(app, client) -> None:
    @app.post("/bye")
    def bye():
        session.destroy()
        session["bye"] = "yes"
        return ""

    client.post("/set/color/red")
    before = cookie_of(client)
    client.post("/bye")
    assert cookie_of(client) not in {None, before}
    assert client.get("/").json == {"bye": "yes"}


# Requests at the same time


def together(app: Kolben, client: KolbenClient, change, numbers: range) -> None:
    """Let requests read one session, wait for each other, and then change it, in threads."""
    all_have_read = threading.Barrier(len(numbers), timeout=30)

    @app.post("/together/<int:number>")
    def view(number):
        dict(session)
        all_have_read.wait()
        change(number)
        return ""

    with client.session_transaction() as opened:
        opened.update({f"n{number}": number for number in numbers})
    clients = [other_client(client, cookie_of(client)) for _ in numbers]
    threads = [
        threading.Thread(target=one.post, args=(f"/together/{number}",))
        for one, number in zip(clients, numbers, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_requests_that_change_different_keys_lose_neither(app: Kolben, client) -> None:
    together(app, client, lambda number: session.update({f"m{number}": number}), range(2))
    assert client.get("/").json == {"n0": 0, "n1": 1, "m0": 0, "m1": 1}


def test_many_requests_that_add_and_delete_lose_nothing(app: Kolben, client) -> None:
    def change(number):
        if number % 2:
            session[f"m{number}"] = number
        else:
            del session[f"n{number}"]

    together(app, client, change, range(12))
    odd = range(1, 12, 2)
    assert client.get("/").json == {f"{name}{number}": number for name in "nm" for number in odd}


def test_two_async_requests_on_one_loop_lose_neither(app: Kolben) -> None:
    client = app.test_client(protocol="asgi")

    async def run() -> None:
        both_have_read = asyncio.Barrier(2)

        @app.post("/meet/<int:number>")
        async def meet(number):
            dict(session)
            await both_have_read.wait()
            session[f"m{number}"] = number
            return ""

        await client.apost("/set/color/red")
        clients = [app.test_client(protocol="asgi") for _ in range(2)]
        for one in clients:
            one.set_cookie("session", cookie_of(client))
        meetings = (one.apost(f"/meet/{number}") for number, one in enumerate(clients))
        await asyncio.wait_for(asyncio.gather(*meetings), 30)

    asyncio.run(run())
    assert client.get("/").json == {"color": "red", "m0": 0, "m1": 1}


def run_inside(app: Kolben, client: KolbenClient, rule: str, before, after=lambda: None) -> None:
    """Let a request read its session, another one come and go, and the first go on."""

    def view():
        dict(session)
        inner = other_client(client, cookie_of(client))
        before(inner)
        after()
        session["late"] = "yes"
        return ""

    app.add_url_rule(rule, view_func=view, methods=["POST"], endpoint=rule)


def test_a_session_ended_meanwhile_is_not_brought_back(app, client, store) -> None:
    run_inside(app, client, "/late", lambda inner: inner.post("/sign-out"))
    client.post("/sign-in")
    cookie = cookie_of(client)
    assert set_cookie(client.post("/late")) == ""
    assert other_client(client, cookie).get("/").json == {}


def test_a_late_request_does_not_take_the_new_cookie_away(app, client) -> None:
    signed_in = []

    def sign_in(inner):
        inner.post("/sign-in")
        signed_in.append(cookie_of(inner))

    run_inside(app, client, "/late", sign_in)
    client.post("/set/color/red")
    assert set_cookie(client.post("/late")) == ""
    inside = other_client(client, signed_in[0])
    assert inside.get("/").json == {"color": "red", "user": "ann"}


def test_regenerating_takes_over_what_others_have_saved(app, client) -> None:
    def others(inner):
        inner.post("/set/theirs/new")
        inner.post("/delete/old")

    run_inside(app, client, "/renew", others, lambda: session.regenerate())
    client.post("/set/old/1")
    client.post("/set/kept/1")
    client.post("/renew")
    assert client.get("/").json == {"kept": "1", "theirs": "new", "late": "yes"}


def test_regenerating_an_ended_session_keeps_only_what_is_new(app, client) -> None:
    run_inside(
        app, client, "/renew", lambda inner: inner.post("/sign-out"), lambda: session.regenerate()
    )
    client.post("/sign-in")
    client.post("/renew")
    assert client.get("/").json == {"late": "yes"}


# How long it lasts


def test_without_permanence_the_cookie_lasts_until_the_browser_closes(client) -> None:
    assert "Expires" not in set_cookie(client.post("/set/color/red"))


def test_a_permanent_session_is_kept_alive_by_every_request(client: KolbenClient) -> None:
    assert "Expires" in set_cookie(client.post("/permanent"))
    assert "Expires" in set_cookie(client.get("/"))
    assert "Expires" in set_cookie(client.get("/nothing"))


def test_without_refresh_a_permanent_session_is_left_alone(watched_client, watched) -> None:
    watched_client.application.config["SESSION_REFRESH_EACH_REQUEST"] = False
    watched_client.post("/permanent")
    watched.calls.clear()
    assert set_cookie(watched_client.get("/nothing")) == ""
    assert watched.calls == []


def test_permanence_can_be_taken_back(client: KolbenClient) -> None:
    client.post("/permanent")
    assert "Expires" not in set_cookie(client.post("/permanent?on=0"))
    assert set_cookie(client.get("/nothing")) == ""


def test_the_lifetime_is_the_apps(app, client, redis_store, redis_client) -> None:
    app.session_interface = ServerSessionInterface(redis_store)
    app.permanent_session_lifetime = timedelta(minutes=5)
    client.post("/permanent")
    [key] = redis_client.scan_iter(f"{redis_store._prefix}*")
    assert 290 < redis_client.ttl(key) <= 300
    redis_client.expire(key, 10)
    client.get("/nothing")
    assert 290 < redis_client.ttl(key) <= 300


def test_an_expired_session_is_an_empty_one(app, client, redis_store, redis_client) -> None:
    app.session_interface = ServerSessionInterface(redis_store)
    client.post("/set/color/red")
    [key] = redis_client.scan_iter(f"{redis_store._prefix}*")
    redis_client.pexpireat(key, 1)
    assert client.get("/").json == {}


def test_expired_sessions_are_swept_when_a_new_one_comes(app, client, sql_store) -> None:
    app.session_interface = ServerSessionInterface(sql_store)
    sql_store.change("old", lambda _: "{}", -5)
    client.post("/set/color/red")
    with sql_store._engine.connect() as connection:
        rows = connection.exec_driver_sql("select count(*) from sessions").scalar()
    assert rows == 1


# Setting it up


def test_the_configuration_names_the_store(app: Kolben, client: KolbenClient, tmp_path) -> None:
    app.config["SESSION_STORE"] = f"file://{tmp_path}/kept"
    ServerSessions(app)
    client.post("/set/color/red")
    assert client.get("/").json == {"color": "red"}
    assert (tmp_path / "kept").is_dir()


def test_one_helper_sets_several_apps_up(app: Kolben) -> None:
    helper = ServerSessions(store=MemoryStore())
    helper.init_app(app)
    assert isinstance(app.session_interface, ServerSessionInterface)


def test_without_a_store_it_says_where_to_name_one(app: Kolben) -> None:
    with pytest.raises(RuntimeError, match=r"set app.config\['SESSION_STORE'\] to a URL"):
        ServerSessions(app)


def test_another_serializer_may_be_used(app: Kolben, client: KolbenClient) -> None:
    class Loud:
        def dumps(self, value):
            return session_json_serializer.dumps(value).upper()

        def loads(self, value):
            return session_json_serializer.loads(value)

    app.session_interface = ServerSessionInterface(MemoryStore(), Loud())
    client.post("/set/color/red")
    assert client.get("/").json == {"color": "RED"}


def test_a_session_is_a_dict_with_what_flask_gives_it() -> None:
    made = ServerSession(MemoryStore(), sid="id", record={"a": "1"})
    assert (dict(made), made.new, made.modified, made.permanent) == ({"a": 1}, False, False, False)
    made.permanent = True
    assert made.modified


_SERVE = """
import sys
from kolben import Kolben, session
from kolben.sessions import ServerSessions
app = Kolben("app")
app.config.update(SECRET_KEY="shared", SESSION_STORE=sys.argv[1])
ServerSessions(app)
client = app.test_client()
if len(sys.argv) > 2:
    client.set_cookie("session", sys.argv[2])
@app.get("/")
def index():
    session["count"] = session.get("count", 0) + 1
    return str(session["count"])
print(client.get("/").text, client.get_cookie("session").value)
"""


def test_another_process_goes_on_with_a_session(tmp_path) -> None:
    command = [sys.executable, "-c", _SERVE, f"sqlite:///{tmp_path}/sessions.db"]
    first, cookie = subprocess.check_output(command, text=True).split()
    second, same = subprocess.check_output([*command, cookie], text=True).split()
    assert (first, second) == ("1", "2")
    assert same == cookie
