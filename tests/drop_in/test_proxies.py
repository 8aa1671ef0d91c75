"""Proxies are told from what they stand for with Werkzeug's class, under the drop-in."""

import pytest

PROXIES = ["flask.current_app", "flask.g", "flask.request", "flask.session"]


@pytest.mark.parametrize("early", ["", "import werkzeug.local\n"], ids=["late", "early"])
def test_proxies_of_both_kinds_are_found(beside_flask, early):
    lines = (
        "import flask\n"
        "from werkzeug.local import Local, LocalProxy, LocalStack\n"
        "made = [LocalProxy(lambda: 1), Local()('name'), LocalStack()()]\n"
        f"ours = [{', '.join(PROXIES)}]\n"
        "print(all(isinstance(each, LocalProxy) for each in ours + made))\n"
        "print(issubclass(type(flask.g), LocalProxy))\n"
    )
    code = f"{early}import kolben.drop_in; kolben.drop_in.install()\n{lines}"
    assert beside_flask("-c", code).stdout.split() == ["True", "True"]


def test_what_a_proxy_stands_for_is_none(python):
    lines = (
        "import flask\n"
        "from werkzeug.local import LocalProxy\n"
        "app = flask.Flask('x')\n"
        "with app.app_context():\n"
        "    print(isinstance(flask.current_app._get_current_object(), LocalProxy))\n"
        "print(isinstance(app, LocalProxy), isinstance(1, LocalProxy))\n"
    )
    assert python.code(lines).split() == ["False", "False", "False"]


def test_a_class_of_the_users_own_has_only_its_own_instances(python):
    lines = (
        "import flask\n"
        "from werkzeug.local import LocalProxy\n"
        "class Mine(LocalProxy): pass\n"
        "print(isinstance(Mine(lambda: 1), Mine), isinstance(Mine(lambda: 1), LocalProxy))\n"
        "print(isinstance(flask.g, Mine), isinstance(LocalProxy(lambda: 1), Mine))\n"
        "print(LocalProxy(lambda: 'text').upper(), Mine(lambda: 1) + 1)\n"
    )
    assert python.code(lines).splitlines() == ["True True", "False False", "TEXT 2"]
