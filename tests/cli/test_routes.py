import pytest

from kolben import Kolben
from kolben.cli import KolbenGroup


@pytest.fixture
def app():
    app = Kolben(__name__)
    app.add_url_rule("/get_post/<int:x>", methods=["GET", "POST"], endpoint="yyy_get_post")
    app.add_url_rule("/zzz_post", methods=["POST"], endpoint="aaa_post")
    return app


@pytest.fixture
def routes(app, runner):
    def invoke(*arguments):
        result = runner.invoke(KolbenGroup(create_app=lambda: app), ["routes", *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    return invoke


def endpoints(output):
    return [line.split()[0] for line in output.splitlines()[2:]]


def test_the_table_is_aligned(routes):
    assert routes() == (
        "Endpoint      Methods    Rule                   \n"
        "------------  ---------  -----------------------\n"
        "aaa_post      POST       /zzz_post              \n"
        "static        GET        /static/<path:filename>\n"
        "yyy_get_post  GET, POST  /get_post/<int:x>      \n"
    )


@pytest.mark.parametrize(
    ("key", "order"),
    [
        ("endpoint", ["aaa_post", "static", "yyy_get_post"]),
        ("methods", ["static", "yyy_get_post", "aaa_post"]),
        ("rule", ["yyy_get_post", "static", "aaa_post"]),
        ("domain", ["static", "yyy_get_post", "aaa_post"]),
    ],
)
def test_the_table_can_be_sorted(routes, key, order):
    assert endpoints(routes("--sort", key)) == order


def test_the_order_of_matching_can_be_shown(app, routes):
    expected = [rule.endpoint for rule in app.url_map.iter_rules()]
    assert endpoints(routes("-s", "match")) == expected


def test_all_methods_can_be_shown(routes):
    assert "GET, HEAD, OPTIONS, POST" in routes("--all-methods")


def test_an_app_without_rules_says_so(runner):
    app = Kolben(__name__, static_folder=None)
    result = runner.invoke(KolbenGroup(create_app=lambda: app), ["routes"])
    assert result.output == "No routes were registered.\n"


@pytest.mark.parametrize(
    ("options", "key", "heading"),
    [({}, "subdomain", "Subdomain"), ({"host_matching": True}, "host", "Host")],
)
def test_domains_have_a_column_when_there_are_any(runner, options, key, heading):
    app = Kolben(__name__, static_folder=None, **options)
    app.add_url_rule("/", endpoint="one", **{key: "b.example"})
    app.add_url_rule("/", endpoint="two", **{key: "a.example"})
    program = KolbenGroup(create_app=lambda: app)
    output = runner.invoke(program, ["routes", "--sort", "domain"]).output
    assert output.splitlines()[0].split() == ["Endpoint", "Methods", heading, "Rule"]
    assert endpoints(output) == ["two", "one"]
