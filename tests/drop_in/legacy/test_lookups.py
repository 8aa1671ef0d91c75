"""What Flask had for itself and extensions borrowed."""

import io
import threading
from datetime import timedelta

import pytest
from werkzeug.exceptions import NotFound

from kolben import Kolben
from kolben.drop_in.legacy import lookups


@pytest.fixture
def app():
    return Kolben("old")


def test_the_app_is_found_itself(app):
    with app.app_context():
        assert lookups.find_app() is app


def test_attributes_of_the_contexts_are_looked_up(app):
    with app.test_request_context("/here") as ctx:
        assert lookups.lookup_request_object("request") is ctx.request
        assert lookups.lookup_app_object("app") is app


@pytest.mark.parametrize("lookup", [lookups.lookup_app_object, lookups.lookup_request_object])
def test_outside_of_a_context_the_lookup_says_which_is_missing(lookup):
    with pytest.raises(RuntimeError, match=r"Working outside of (application|request) context"):
        lookup("app")


@pytest.mark.parametrize(("value", "env"), [(None, "production"), ("development", "development")])
def test_the_env_comes_from_the_environment(monkeypatch, value, env):
    monkeypatch.delenv("FLASK_ENV", raising=False)
    if value:
        monkeypatch.setenv("FLASK_ENV", value)
    assert lookups.get_env() == env


def test_total_seconds_are_whole():
    assert lookups.total_seconds(timedelta(minutes=1, milliseconds=900)) == 60


def test_a_locked_property_is_computed_once_by_all_threads():
    class Thing:
        computed = 0

        @lookups.locked_cached_property
        def value(self):
            """Say what it is."""
            Thing.computed += 1
            return Thing.computed

    thing = Thing()
    found = []
    threads = [threading.Thread(target=lambda: found.append(thing.value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 8
    assert Thing.value.__doc__ == "Say what it is."


def test_a_path_that_leads_out_of_its_folder_is_not_found():
    assert lookups.safe_join("/srv", "a", "b") == "/srv/a/b"
    with pytest.raises(NotFound):
        lookups.safe_join("/srv", "../etc/passwd")


def test_json_for_html_is_escaped_and_marked():
    assert lookups.htmlsafe_dumps("</script>") == '"\\u003c/script\\u003e"'
    file = io.StringIO()
    lookups.htmlsafe_dump(["&"], file)
    assert file.getvalue() == '["\\u0026"]'


def test_an_environ_is_built_from_an_apps_settings(app):
    app.config["APPLICATION_ROOT"] = "/shop"
    builder = lookups.make_test_environ_builder(app, "/x", subdomain=None, json={"a": 1})
    environ = builder.get_environ()
    builder.close()
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/shop", "/x")
    assert environ["CONTENT_TYPE"] == "application/json"
