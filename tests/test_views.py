"""kolben.views: classes that answer requests."""

from __future__ import annotations

import functools

import pytest

from kolben import Response, make_response, request
from kolben.views import MethodView, View, http_method_funcs


def allowed(client, path="/") -> set[str]:
    """The methods that the URL answers."""
    return set(client.options(path).allow)


class Echo(View):
    """Answers with how it was made, and with the URL's variables."""

    def __init__(self, *args, **kwargs):
        self.made_with = args, kwargs

    def dispatch_request(self, **values):
        return {"made": self.made_with, "values": values}


class Both(MethodView):
    def get(self):
        return "GET"

    def post(self):
        return "POST"


# View


def test_a_view_gets_its_arguments_and_the_urls_variables(app, client) -> None:
    app.add_url_rule("/<int:n>", view_func=Echo.as_view("echo", 1, b=2))
    assert client.get("/3").json == {"made": [[1], {"b": 2}], "values": {"n": 3}}


def test_the_view_function_describes_its_class() -> None:
    view = Echo.as_view("echo")
    assert (view.__name__, view.__doc__, view.__module__) == ("echo", Echo.__doc__, __name__)
    assert view.view_class is Echo
    assert view.methods is None
    assert view.provide_automatic_options is None


@pytest.mark.parametrize(("every", "made"), [(True, ["1", "2"]), (False, ["1", "1"])])
def test_an_instance_is_made_for_every_request_or_once(app, client, every, made) -> None:
    class Counting(View):
        init_every_request = every
        count = 0

        def __init__(self):
            type(self).count += 1

        def dispatch_request(self):
            return str(self.count)

    app.add_url_rule("/", view_func=Counting.as_view("counting"))
    assert [client.get("/").text for _ in range(2)] == made


def test_decorators_are_applied_innermost_first_and_see_the_name(app, client) -> None:
    names = []

    def mark(letter):
        def decorator(f):
            names.append((f.__name__, f.__module__))

            def wrapper(**values):
                response = make_response(f(**values))
                response.headers["X-Marks"] = letter + response.headers.get("X-Marks", "")
                return response

            return functools.update_wrapper(wrapper, f)

        return decorator

    decorated = type("Decorated", (Echo,), {"decorators": [mark("a"), mark("b")]})
    view = decorated.as_view("decorated")
    app.add_url_rule("/", view_func=view)
    assert client.get("/").headers["X-Marks"] == "ba"
    assert names == [("decorated", __name__)] * 2
    assert view.view_class is decorated


@pytest.mark.parametrize("decorators", [[], [lambda f: lambda **values: f(**values)]])
def test_the_class_of_a_view_function_can_be_replaced(app, client, decorators) -> None:
    class Failing(Both):
        def get(self):
            raise ZeroDivisionError

    Failing.decorators = decorators
    view = Failing.as_view("index")
    view.view_class = Both
    app.add_url_rule("/", view_func=view)
    assert client.get("/").text == "GET"


@pytest.mark.parametrize(
    ("attributes", "status", "allow"),
    [
        ({}, 200, {"GET", "HEAD", "OPTIONS"}),
        ({"methods": ["POST"]}, 200, {"POST", "OPTIONS"}),
        ({"provide_automatic_options": False}, 405, {"GET", "HEAD"}),
        ({"methods": ["OPTIONS"], "provide_automatic_options": True}, 200, {"OPTIONS"}),
    ],
)
def test_class_attributes_say_which_methods_are_answered(
    app, client, attributes, status, allow
) -> None:
    app.add_url_rule("/", view_func=type("V", (Echo,), attributes).as_view("v"))
    response = client.options("/")
    assert (response.status_code, set(response.allow)) == (status, allow)


def test_a_view_without_dispatch_request_names_its_class(app, client) -> None:
    app.add_url_rule("/", view_func=type("Empty", (View,), {}).as_view("empty"))
    with pytest.raises(NotImplementedError, match="'Empty' needs a method 'dispatch_request'"):
        client.get("/")


def test_a_view_function_needs_an_app() -> None:
    with pytest.raises(RuntimeError, match=r"outside of application context.*app\.app_context"):
        Echo.as_view("echo")()


# MethodView


def test_each_method_is_answered_by_its_namesake(app, client) -> None:
    app.add_url_rule("/", view_func=Both.as_view("both"))
    assert (client.get("/").text, client.post("/").text) == ("GET", "POST")
    assert client.put("/").status_code == 405
    assert allowed(client) == {"GET", "HEAD", "OPTIONS", "POST"}


def test_methods_are_inherited_and_added_to() -> None:
    class More(Both):
        def delete(self):
            return ""

    class Delete(MethodView):
        def delete(self):
            return ""

    class Mixed(Both, Delete):
        pass

    assert More.methods == Mixed.methods == {"GET", "POST", "DELETE"}
    assert Both.methods == {"GET", "POST"}


def test_methods_that_are_listed_are_the_methods() -> None:
    assert type("Less", (Both,), {"methods": ["GET"]}).methods == ["GET"]


def test_unusual_methods_can_be_listed_and_are_inherited(app, client) -> None:
    class Base(MethodView):
        methods = ["GET", "PROPFIND"]

    class Dav(Base):
        def propfind(self):
            return "found"

        def get(self):
            return "got"

    app.add_url_rule("/", view_func=Dav.as_view("dav"))
    assert Dav.methods == {"GET", "PROPFIND"}
    assert client.open("/", method="PROPFIND").text == "found"


def test_a_view_that_answers_nothing_lists_nothing() -> None:
    assert type("Empty", (MethodView,), {}).methods is None


@pytest.mark.parametrize("name", sorted(http_method_funcs))
def test_every_http_method_is_known(app, client, name) -> None:
    answer = type("One", (MethodView,), {name: lambda self: type(self).__name__})
    app.add_url_rule("/", view_func=answer.as_view("one"))
    assert answer.methods == {name.upper()}
    assert client.open("/", method=name.upper()).status_code == 200


def test_head_is_answered_by_get_or_by_head(app, client) -> None:
    class Get(MethodView):
        def get(self):
            return Response("body", headers={"X-By": "get", "X-Method": request.method})

    class Head(Get):
        def head(self):
            return Response(headers={"X-By": "head"})

    app.add_url_rule("/get", view_func=Get.as_view("get"))
    app.add_url_rule("/head", view_func=Head.as_view("head"))
    response = client.head("/get")
    assert (response.headers["X-By"], response.headers["X-Method"]) == ("get", "HEAD")
    assert response.data == b""
    assert client.head("/head").headers["X-By"] == "head"
    assert client.get("/head").headers["X-By"] == "get"


def test_a_listed_method_that_is_missing_is_named(app, client) -> None:
    app.add_url_rule("/", view_func=type("Bare", (MethodView,), {"methods": ["PUT"]}).as_view("b"))
    with pytest.raises(NotImplementedError, match=r"'PUT': view class 'Bare' .* no method 'put'"):
        client.put("/")


def test_a_method_view_needs_a_request(app) -> None:
    with app.app_context(), pytest.raises(RuntimeError, match="outside of request context"):
        Both.as_view("both")()


# async


async def answer_async(self):
    return f"async {request.method}"


@pytest.mark.parametrize("base", [View, MethodView], ids=["dispatch_request", "get"])
def test_an_async_class_answers_and_its_decorators_see_the_answer(app, client, base) -> None:
    seen = []

    def spy(f):
        def wrapper(**values):
            seen.append(f(**values))
            return seen[-1]

        return wrapper

    name = "get" if base is MethodView else "dispatch_request"
    view = type("Async", (base,), {name: answer_async, "decorators": [spy]}).as_view("index")
    app.add_url_rule("/", view_func=spy(view))
    assert client.get("/").text == "async GET"
    assert seen == ["async GET"] * 2


def test_an_overridden_ensure_sync_is_asked(app, client) -> None:
    asked = []

    def ensure_sync(f):
        asked.append(f.__name__)
        return f

    app.ensure_sync = ensure_sync
    app.add_url_rule("/", view_func=Both.as_view("both"))
    assert client.get("/").text == "GET"
    assert asked[-2:] == ["dispatch_request", "get"]
