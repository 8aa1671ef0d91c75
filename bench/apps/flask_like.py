"""The app that Flask and Kolben share: one source, handed the module that has the names."""

from types import ModuleType
from typing import Any

from jinja2 import DictLoader

from bench.apps import FILLER_ROUTES

TEMPLATE = """
<h1>Hello, {{ name }}!</h1>
<ul>{% for number in numbers %}<li>{{ number }}</li>{% endfor %}</ul>
""".replace("\n", "")


def build_with(kit: ModuleType, app_class: Any) -> Any:
    """Build the app.

    Args:
        kit: `flask` or `kolben`: has `request`, `session`, `g`, `Blueprint`…
        app_class: The class of the app in that kit.
    """
    app = app_class("bench", static_folder=None)
    app.secret_key = "not a secret: this is a benchmark"
    app.jinja_loader = DictLoader({"hello.html": TEMPLATE})
    add_simple(app, kit)
    add_session(app, kit)
    add_more(app, kit)
    app.register_blueprint(shop(kit))
    add_filler(app)
    return app


def add_simple(app: Any, kit: ModuleType) -> None:
    """Add the views that only read the request."""
    request = kit.request

    @app.get("/")
    def hello():
        return "Hello, World!"

    @app.get("/user/<int:user_id>")
    def user(user_id):
        return {"id": user_id}

    @app.get("/search")
    def search():
        return request.args["q"]

    @app.post("/echo")
    def echo():
        return request.get_json()

    @app.post("/form")
    def form():
        return request.form["name"]

    @app.get("/header")
    def header():
        return request.headers["X-Token"]

    @app.get("/cookie")
    def cookie():
        return request.cookies["name"]


def add_session(app: Any, kit: ModuleType) -> None:
    """Add the views that read and write the session."""
    session = kit.session

    @app.get("/session/read")
    def session_read():
        return session["name"]

    @app.get("/session/write")
    def session_write():
        session["name"] = "ada"
        return "written"


def add_more(app: Any, kit: ModuleType) -> None:
    """Add the views that use helpers."""

    @app.get("/go")
    def go():
        return kit.redirect(kit.url_for("user", user_id=42))

    @app.get("/template")
    def template():
        return kit.render_template("hello.html", name="Ada & Bob", numbers=[1, 2, 3])

    @app.post("/upload")
    def upload():
        file = kit.request.files["file"]
        return f"{file.filename} {len(file.read())} {kit.request.form['note']}"


def shop(kit: ModuleType) -> Any:
    """Return a blueprint that uses every kind of hook."""
    blueprint = kit.Blueprint("shop", "bench", url_prefix="/shop")
    g = kit.g

    @blueprint.before_request
    def enter():
        g.user = "ada"

    @blueprint.after_request
    def sign(response):
        response.headers["X-Shop"] = "open"
        return response

    @blueprint.teardown_request
    def leave(_error):
        g.pop("user", None)

    @blueprint.get("/item")
    def item():
        return g.user

    return blueprint


def add_filler(app: Any) -> None:
    """Add the routes that nobody asks for, half of them dynamic."""

    def view(**_values):
        return "filler"

    for number in range(FILLER_ROUTES):
        tail = "/<int:key>" if number % 2 else ""
        app.add_url_rule(f"/filler-{number}/thing{tail}", f"filler_{number}", view)
