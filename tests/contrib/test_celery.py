"""Tests of kolben.contrib.celery in one process: contexts, what is carried, eager mode, errors."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import uuid

import pytest

from kolben import current_app, g, has_request_context, request

pytest.importorskip("celery", reason="Celery is not installed")
from celery import chain, shared_task

from kolben.contrib import celery as contrib
from kolben.contrib.celery import HEADER, make_celery


@pytest.fixture
def app(app):
    app.config["CELERY"] = {
        "broker_url": "memory://",
        "result_backend": "cache+memory://",
        "task_always_eager": True,
        "task_eager_propagates": True,
        "task_store_eager_result": False,
    }
    return app


@pytest.fixture
def celery(app):
    made = make_celery(
        app, carry={"locale": lambda: request.headers.get("Accept-Language"), "when": moment}
    )
    yield made
    made.close()


def moment() -> dt.datetime:
    return dt.datetime(2030, 1, 2, tzinfo=dt.UTC)


# -- contexts


def test_a_task_runs_in_a_context_of_its_app(app, celery):
    @celery.task(shared=False)
    def name():
        return current_app.name

    assert name.delay().get() == app.name


def test_each_task_has_a_fresh_context_with_teardown(app, celery):
    ended = []
    app.teardown_appcontext(lambda error: ended.append(g.get("mark")))

    @celery.task(shared=False)
    def leave(mark):
        assert "mark" not in g
        g.mark = mark

    with app.app_context():
        g.mark = "outside"
        leave.delay(1)
        leave.delay(2)
        assert g.mark == "outside"
        assert ended == [1, 2]


def test_teardown_sees_the_error_of_a_failed_task(app, celery):
    seen = []
    app.teardown_appcontext(seen.append)

    @celery.task(shared=False)
    def fail():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail.delay()
    assert [type(error) for error in seen] == [ValueError]


def test_an_async_task_runs(app, celery):
    @celery.task(shared=False)
    async def name():
        return current_app.name

    assert name.delay().get() == app.name


def test_a_bound_task_has_itself(celery):
    @celery.task(shared=False, bind=True)
    def attempt(self, number):
        return self.name.rpartition(".")[2], number

    assert attempt.delay(3).get() == ("attempt", 3)


def test_a_shared_task_runs_in_a_context_too(app, celery):
    @shared_task
    def shared_name():
        return current_app.name

    assert shared_name.delay().get() == app.name


def test_a_direct_call_uses_the_context_that_is_there(app, celery):
    @celery.task(shared=False)
    def mark():
        return g.get("mark")

    assert mark() is None
    with app.app_context():
        g.mark = "here"
        assert mark() == "here"


def test_the_app_knows_its_celery(app, celery):
    assert app.extensions["celery"] is celery


# -- what is carried


def ask(app, view, **headers):
    app.add_url_rule("/", "ask", view)
    return app.test_client().get("/", headers=headers)


def test_a_task_knows_what_the_request_knew(app, celery):
    @celery.task(shared=False)
    def know():
        return [g.locale, g.when == moment()]

    answer = ask(app, lambda: know.delay().get(), **{"Accept-Language": "zh"})
    assert answer.json == ["zh", True]


def test_without_a_request_nothing_is_carried(app, celery):
    @celery.task(shared=False)
    def know():
        return "locale" in g

    with app.app_context():
        assert know.delay().get() is False


def test_a_task_passes_on_what_it_was_given(app, celery):
    @celery.task(shared=False)
    def inner():
        return g.locale

    @celery.task(shared=False)
    def outer():
        g.locale = "changed here only"
        return inner.apply_async().get(disable_sync_subtasks=False)

    answer = ask(app, lambda: outer.delay().get(), **{"Accept-Language": "de"})
    assert answer.text == "de"


def test_a_chain_carries_to_its_end(app, celery):
    @celery.task(shared=False)
    def first():
        return 1

    @celery.task(shared=False)
    def second(number):
        return [number, g.locale]

    answer = ask(app, lambda: chain(first.s(), second.s())().get(), **{"Accept-Language": "de"})
    assert answer.json == [1, "de"]


def test_a_retry_keeps_what_is_carried(app, celery):
    celery.conf.task_eager_propagates = False  # or Celery raises the Retry itself

    @celery.task(shared=False, bind=True, max_retries=3)
    def stubborn(self):
        if self.request.retries < 2:
            raise self.retry(countdown=0)
        return [self.request.retries, g.locale]

    answer = ask(app, lambda: stubborn.delay().get(), **{"Accept-Language": "de"})
    assert answer.json == [2, "de"]


def test_a_restorer_takes_the_value_in_the_tasks_context(app):
    people = {7: "Ann"}

    def restore(user_id):
        g.user = people[user_id]

    celery = make_celery(app, carry={"user_id": (lambda: 7, restore)})

    @celery.task(shared=False)
    def who():
        return [g.user, "user_id" in g]

    assert ask(app, lambda: who.delay().get()).json == ["Ann", False]


def test_a_sent_message_has_the_values_in_a_header(app, celery):
    celery.conf.task_always_eager = False
    queue = f"kolben-test-{uuid.uuid4().hex}"

    def view():
        celery.send_task("some.name", queue=queue, headers={"mine": 1})
        return "sent"

    ask(app, view, **{"Accept-Language": "fr"})
    with celery.connection_for_read() as connection, connection.SimpleQueue(queue) as messages:
        message = messages.get(timeout=5)
        message.ack()
    assert message.headers["mine"] == 1
    assert '"locale":"fr"' in message.headers[HEADER]


def test_a_header_given_by_hand_is_kept(app, celery):
    @celery.task(shared=False)
    def know():
        return g.locale

    view = lambda: know.apply_async(headers={HEADER: '{"locale":"mine"}'}).get()
    assert ask(app, view).text == "mine"


def test_names_that_the_worker_does_not_know_are_left_out(app, celery):
    @celery.task(shared=False)
    def know():
        return "odd" in g

    assert know.apply_async(headers={HEADER: '{"odd":1}'}).get() is False


def test_another_apps_request_carries_nothing(app, celery):
    from kolben import Kolben

    @celery.task(shared=False)
    def know():
        return "locale" in g

    with Kolben("other").test_request_context(headers={"Accept-Language": "de"}):
        assert know.delay().get() is False


def test_what_cannot_be_sent_is_named(app):
    celery = make_celery(app, carry={"user": object})

    @celery.task(shared=False)
    def nothing():
        return None

    with app.test_request_context(), pytest.raises(TypeError, match=r"carry\['user'\] gave a obj"):
        nothing.delay()


def test_in_eager_mode_the_request_is_the_callers(app, celery):
    @celery.task(shared=False)
    def asked():
        return has_request_context()

    assert ask(app, lambda: [asked.delay().get()]).json == [True]


# -- errors


def test_without_settings_it_says_what_to_set(app):
    del app.config["CELERY"]
    with pytest.raises(RuntimeError, match=r"app\.config\['CELERY'\].*broker_url"):
        make_celery(app)


def test_settings_that_are_no_dict_are_refused(app):
    app.config["CELERY"] = "redis://"
    with pytest.raises(TypeError, match=r"must be a dict.*'redis://'"):
        make_celery(app)


@pytest.mark.parametrize("item", ["de", (str,), (str, "de")])
def test_an_item_that_is_no_function_is_refused(app, item):
    with pytest.raises(TypeError, match=r"carry\['locale'\] must be a function"):
        make_celery(app, carry={"locale": item})


def test_without_celery_the_error_says_how_to_install_it():
    code = "import sys; sys.modules['celery'] = None; import kolben.contrib.celery"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert 'pip install "kolben[celery]"' in result.stderr.splitlines()[-1]


def test_its_names_are_all_there():
    assert all(hasattr(contrib, name) for name in contrib.__all__)


# -- the broker


def transport_of(app, url, **settings):
    app.config["CELERY"] = {"broker_url": url, **settings}
    celery = make_celery(app)
    connection = celery.connection_for_read()
    kind = type(connection.transport).__module__
    assert connection.clone().as_uri().startswith(connection.as_uri()[:5])
    connection.release()
    celery.close()
    return kind


@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/0", "redis://a;redis://b"])
def test_redis_is_spoken_to_by_the_transport_that_loses_nothing(app, url):
    assert transport_of(app, url) == "kolben.contrib.reliable_redis"


def test_another_broker_or_a_transport_of_ones_own_is_left_alone(app):
    assert transport_of(app, "memory://") == "kombu.transport.memory"
    stock = transport_of(app, "redis://127.0.0.1:6379/0", broker_transport="redis")
    assert stock == "kombu.transport.redis"
