"""Blueprints: nested, prefixed, with subdomain, files, templates and commands; registered twice."""

from __future__ import annotations

import pytest

from kolben import Blueprint, Kolben, g, render_template, render_template_string, request, url_for
from kolben.blueprints import BlueprintSetupState


def blueprint(name="bp", **options) -> Blueprint:
    return Blueprint(name, __name__, **{"root_path": ".", **options})


def paths(app):
    return {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}


@pytest.mark.parametrize(
    ("name", "text"), [("", "may not be empty"), ("a.b", "may not contain a dot")]
)
def test_a_name_that_cannot_be_is_refused(name, text):
    with pytest.raises(ValueError, match=text):
        blueprint(name)


def test_endpoints_and_view_names_with_dots_are_refused():
    bp = blueprint()
    with pytest.raises(ValueError, match="'endpoint'"):
        bp.add_url_rule("/", endpoint="a.b", view_func=lambda: "")

    def view():
        return ""

    view.__name__ = "a.b"
    with pytest.raises(ValueError, match="'view_func' name"):
        bp.add_url_rule("/", view_func=view)


@pytest.mark.parametrize(
    ("prefix", "rule", "path"),
    [
        (None, "/a", "/a"),
        ("/p", "/a", "/p/a"),
        ("/p/", "/a", "/p/a"),
        ("/p", "/", "/p/"),
        ("/p", "", "/p"),
        ("/p", "a", "/p/a"),
        ("/", "/a", "/a"),
    ],
)
def test_a_prefix_goes_before_every_rule(app, prefix, rule, path):
    bp = blueprint(url_prefix=prefix)
    bp.add_url_rule(rule, "view", lambda: "")
    app.register_blueprint(bp)
    assert paths(app) == {"bp.view": path}


def test_options_of_the_registration_win_over_the_blueprints_own(app, client):
    bp = blueprint(url_prefix="/own", url_defaults={"colour": "red", "size": 1})

    @bp.route("/")
    def view(colour, size):
        return f"{colour} {size}"

    app.register_blueprint(bp, url_prefix="/other", url_defaults={"colour": "blue"})
    assert client.get("/other/").text == "blue 1"


def test_defaults_of_a_rule_win_over_those_of_the_blueprint(app, client):
    bp = blueprint(url_defaults={"colour": "red"})
    bp.add_url_rule("/", "view", lambda colour: colour, defaults={"colour": "green"})
    app.register_blueprint(bp)
    assert client.get("/").text == "green"


def test_a_blueprint_registered_under_two_names_keeps_them_apart(app, client):
    bp = blueprint()

    @bp.before_request
    def before():
        g.hooks = g.get("hooks", 0) + 1

    @bp.route("/")
    def view():
        return f"{request.blueprint} {url_for('.view')} {g.hooks}"

    app.register_blueprint(bp, url_prefix="/a")
    app.register_blueprint(bp, name="again", url_prefix="/b")
    assert [client.get("/a/").text, client.get("/b/").text] == ["bp /a/ 1", "again /b/ 1"]


def test_hooks_for_the_app_are_registered_once_for_two_registrations(app, client):
    bp, calls = blueprint(), []
    bp.before_app_request(lambda: calls.append(1))
    app.register_blueprint(bp)
    app.register_blueprint(bp, name="again")
    client.get("/")
    assert calls == [1]


@pytest.mark.parametrize(
    ("other", "whose"), [(False, "this blueprint"), (True, "a different blueprint")]
)
def test_a_name_that_is_taken_is_refused_with_the_cure(app, other, whose):
    bp = blueprint()
    app.register_blueprint(bp)
    with pytest.raises(ValueError, match=rf"'bp' is already registered for {whose}.*'name='"):
        app.register_blueprint(blueprint() if other else bp)


def test_a_nested_name_that_is_taken_is_named_in_full(app):
    parent = blueprint("parent")
    parent.register_blueprint(blueprint("child"))
    parent.register_blueprint(blueprint("child"))
    with pytest.raises(ValueError, match=r"'child' is already .*'parent\.child'"):
        app.register_blueprint(parent)


def test_a_blueprint_cannot_be_nested_in_itself():
    bp = blueprint()
    with pytest.raises(ValueError, match="on itself"):
        bp.register_blueprint(bp)


def test_setup_after_the_registration_is_refused_and_the_method_named(app):
    bp = blueprint()
    app.register_blueprint(bp)
    with pytest.raises(AssertionError, match=r"'route'.*'bp'"):
        bp.route("/")


def test_registration_after_the_first_request_is_refused(app, client):
    client.get("/")
    with pytest.raises(AssertionError, match="'register_blueprint'"):
        app.register_blueprint(blueprint())


def test_nested_blueprints_join_names_and_prefixes(app, client):
    parent = blueprint("parent", url_prefix="/parent")
    child = blueprint("child", url_prefix="/child/")
    grandchild = blueprint("grandchild")

    @grandchild.route("/x")
    def view():
        return f"{request.blueprints} {url_for('.view')} {url_for('parent.child.grandchild.view')}"

    child.register_blueprint(grandchild)
    parent.register_blueprint(child)
    app.register_blueprint(parent)
    names = ["parent.child.grandchild", "parent.child", "parent"]
    assert client.get("/parent/child/x").text == f"{names} /parent/child/x /parent/child/x"


def test_a_child_may_be_nested_twice_with_options(app):
    parent, child = blueprint("parent", url_prefix="/p"), blueprint("child")
    child.add_url_rule("/", "view", lambda: "")
    parent.register_blueprint(child, url_prefix="/a")
    parent.register_blueprint(child, url_prefix="/b", name="second")
    app.register_blueprint(parent)
    assert paths(app) == {"parent.child.view": "/p/a/", "parent.second.view": "/p/b/"}


def test_hooks_run_from_the_outermost_blueprint_inwards_and_back(app, client):
    order = []
    parent, child = blueprint("parent"), blueprint("child")
    for name, scaffold in (("app", app), ("parent", parent), ("child", child)):

        @scaffold.before_request
        def before(name=name):
            order.append(f"before {name}")

        @scaffold.after_request
        def after(response, name=name):
            order.append(f"after {name}")
            return response

        @scaffold.teardown_request
        def teardown(exc, name=name):
            order.append(f"teardown {name}")

    child.add_url_rule("/", "view", lambda: order.append("view") or "")
    parent.register_blueprint(child)
    app.register_blueprint(parent)
    client.get("/")
    assert order == [
        *("before app", "before parent", "before child", "view"),
        *("after child", "after parent", "after app"),
        *("teardown child", "teardown parent", "teardown app"),
    ]


def test_the_innermost_error_handler_wins(app, client):
    parent, child = blueprint("parent", url_prefix="/p"), blueprint("child", url_prefix="/c")
    for scaffold in (app, parent):
        scaffold.register_error_handler(
            ValueError, lambda e, name=scaffold.name: f"handled by {name}"
        )

    def fail():
        raise ValueError

    child.add_url_rule("/", "view", fail)
    parent.add_url_rule("/", "view", fail)
    app.add_url_rule("/", "view", fail)
    parent.register_blueprint(child)
    app.register_blueprint(parent)
    answers = [client.get(path).text for path in ("/p/c/", "/p/", "/")]
    assert answers == ["handled by parent", "handled by parent", "handled by kolben_test"]


def test_nested_subdomains_are_joined():
    app = Kolben("kolben_test", root_path=".", static_folder=None, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    parent, child = blueprint("parent", subdomain="api"), blueprint("child", subdomain="v1")
    for bp in (parent, child):
        bp.add_url_rule("/", "view", lambda: str(request.blueprint))
    parent.register_blueprint(child)
    app.register_blueprint(parent)
    client = app.test_client()
    assert client.get("/", base_url="http://v1.api.example.org").text == "parent.child"
    assert client.get("/", base_url="http://api.example.org").text == "parent"


def test_a_nested_blueprint_inherits_the_subdomain_of_its_parent():
    app = Kolben("kolben_test", root_path=".", static_folder=None, subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.org"
    parent, child = blueprint("parent", subdomain="api"), blueprint("child")
    child.add_url_rule("/", "view", lambda: "ok")
    parent.register_blueprint(child)
    app.register_blueprint(parent)
    assert app.test_client().get("/", base_url="http://api.example.org").text == "ok"


def test_a_blueprint_serves_its_static_files(app, client, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.txt").write_text("from the blueprint")
    bp = blueprint(static_folder="files", root_path=str(tmp_path), url_prefix="/bp")
    bp.add_url_rule("/", "view", lambda: url_for(".static", filename="a.txt"))
    app.register_blueprint(bp)
    with client.get(client.get("/bp/").text) as response:
        assert response.text == "from the blueprint"


def test_the_apps_templates_come_before_those_of_blueprints(tmp_path):
    for folder, names in (("app", ["shared"]), ("bp", ["shared", "own"])):
        (tmp_path / folder / "templates").mkdir(parents=True)
        for name in names:
            (tmp_path / folder / "templates" / name).write_text(f"{name} of {folder}")
    app = Kolben("kolben_test", root_path=str(tmp_path / "app"))
    app.register_blueprint(blueprint(template_folder="templates", root_path=str(tmp_path / "bp")))
    with app.app_context():
        assert render_template("shared") == "shared of app"
        assert render_template("own") == "own of bp"


def test_context_processors_of_a_blueprint_are_for_its_own_views(app, client):
    bp = blueprint(url_prefix="/bp")
    bp.context_processor(lambda: {"own": "own"})
    bp.app_context_processor(lambda: {"all": "all"})
    for scaffold in (app, bp):
        scaffold.add_url_rule("/", "view", lambda: render_template_string("{{ own }} {{ all }}"))
    app.register_blueprint(bp)
    assert [client.get("/").text, client.get("/bp/").text] == [" all", "own all"]


def test_filters_tests_and_globals_of_a_blueprint_are_the_apps(app):
    bp = blueprint()

    @bp.app_template_filter()
    def shout(text):
        return text.upper()

    @bp.app_template_filter("whisper")
    def any_name(text):
        return text.lower()

    @bp.app_template_test()
    def loud(text):
        return text.isupper()

    @bp.app_template_global()
    def answer():
        return 42

    bp.add_app_template_filter(str.title, "title_case")
    bp.add_app_template_test(str.islower, "quiet")
    bp.add_app_template_global(len, "length_of")
    app.register_blueprint(bp)
    text = (
        "{{ 'a'|shout }} {{ 'A'|whisper }} {{ 'A' is loud }} {{ answer() }}"
        " {{ 'a b'|title_case }} {{ 'a' is quiet }} {{ length_of('abc') }}"
    )
    with app.app_context():
        assert render_template_string(text) == "A a True 42 A B True 3"


def test_url_defaults_and_preprocessors_know_the_blueprint(app, client):
    bp = blueprint(url_prefix="/<lang>")

    @bp.url_value_preprocessor
    def take(endpoint, values):
        g.lang = values.pop("lang")

    @bp.url_defaults
    def give(endpoint, values):
        values.setdefault("lang", g.lang)

    @bp.route("/")
    def view():
        return f"{g.lang} {url_for('.view')}"

    app.register_blueprint(bp)
    assert client.get("/de/").text == "de /de/"


@pytest.mark.parametrize(
    ("option", "argv"),
    [({}, ["bp", "hello"]), ({"cli_group": None}, ["hello"]), ({"cli_group": "x"}, ["x", "hello"])],
)
def test_commands_of_a_blueprint_are_in_its_group_or_where_it_says(app, option, argv):
    import click

    bp = blueprint(**option)
    bp.cli.command("hello")(lambda: click.echo("hello from bp"))
    app.register_blueprint(bp)
    assert app.test_cli_runner().invoke(args=argv).output == "hello from bp\n"


def test_a_registration_may_name_the_command_group(app):
    import click

    bp = blueprint()
    bp.cli.command("hello")(lambda: click.echo("hello from bp"))
    app.register_blueprint(bp, cli_group="mine")
    assert app.test_cli_runner().invoke(args=["mine", "hello"]).output == "hello from bp\n"


def test_a_blueprint_whose_command_line_was_only_looked_at_adds_no_group(app):
    bp = blueprint()
    assert bp.cli.commands == {}
    app.register_blueprint(bp)
    assert "bp" not in app.cli.commands


def test_recorded_functions_get_the_state_of_each_registration(app):
    bp, seen = blueprint(url_prefix="/p"), []

    @bp.record
    def note(state):
        seen.append((state.app, state.blueprint, state.name, state.url_prefix))
        seen.append((state.first_registration, state.options))

    app.register_blueprint(bp)
    app.register_blueprint(bp, name="again", url_prefix="/q")
    assert seen == [
        (app, bp, "bp", "/p"),
        (True, {}),
        (app, bp, "again", "/q"),
        (False, {"name": "again", "url_prefix": "/q"}),
    ]


def test_functions_recorded_once_run_once_for_each_app(app):
    bp, seen = blueprint(), []
    bp.record_once(lambda state: seen.append(state.app))
    other = Kolben("other", root_path=".")
    app.register_blueprint(bp)
    app.register_blueprint(bp, name="again")
    other.register_blueprint(bp)
    assert seen == [app, other]


def test_a_setup_state_of_ones_own_changes_the_rules(app):
    class State(BlueprintSetupState):
        def add_url_rule(self, rule, endpoint=None, view_func=None, **options):
            super().add_url_rule(f"/mine{rule}", endpoint, view_func, **options)

    class Mine(Blueprint):
        def make_setup_state(self, app, options, first_registration=False):
            return State(self, app, options, first_registration)

    bp = Mine("bp", __name__, root_path=".")
    bp.add_url_rule("/", "view", lambda: "")
    app.register_blueprint(bp)
    assert paths(app) == {"bp.view": "/mine/"}


def test_views_set_by_endpoint_on_the_blueprint_are_found(app, client):
    bp = blueprint()
    bp.add_url_rule("/", endpoint="view")

    @bp.endpoint("bp.view")
    def view():
        return "found"

    app.register_blueprint(bp)
    assert client.get("/").text == "found"


def test_error_handlers_of_a_blueprint_for_the_app_catch_unknown_urls(app, client):
    bp = blueprint()

    @bp.app_errorhandler(404)
    def missing(error):
        return "not here", 404

    app.register_blueprint(bp)
    assert client.get("/anywhere").text == "not here"


def test_error_handlers_of_a_blueprint_do_not_catch_unknown_urls(app, client):
    bp = blueprint(url_prefix="/bp")
    bp.register_error_handler(404, lambda error: ("of the blueprint", 404))
    app.register_blueprint(bp)
    assert client.get("/bp/missing").text != "of the blueprint"


def test_a_blueprint_may_be_registered_on_two_apps(app, client):
    bp = blueprint()
    bp.add_url_rule("/", "view", lambda: request.endpoint)
    other = Kolben("other", root_path=".", static_folder=None)
    app.register_blueprint(bp)
    other.register_blueprint(bp)
    assert [client.get("/").text, other.test_client().get("/").text] == ["bp.view", "bp.view"]


@pytest.mark.parametrize(("mode", "content"), [("rb", "é".encode()), ("r", "é"), ("rt", "é")])
def test_a_blueprint_opens_its_resources_as_utf8(tmp_path, mode, content):
    (tmp_path / "schema.sql").write_text("é", encoding="utf-8")
    bp = blueprint(root_path=str(tmp_path))
    with bp.open_resource("schema.sql", mode) as file:
        assert file.read() == content
    with pytest.raises(ValueError, match="reading"):
        bp.open_resource("schema.sql", "w")
