"""Tests of kolben.templating.mako: Mako templates in an app."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
import textwrap
import traceback
from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup

from kolben import (
    Blueprint,
    Kolben,
    before_render_template,
    g,
    render_template,
    session,
    template_rendered,
)
from kolben.templating import render_mako_string

pytest.importorskip("mako", reason="Mako is not installed")
from mako.exceptions import CompileException, SyntaxException, TemplateLookupException


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The app's template folder."""
    (tmp_path / "templates").mkdir()
    return tmp_path / "templates"


@pytest.fixture
def app(folder: Path) -> Kolben:
    app = Kolben("mako_test", root_path=str(folder.parent), static_folder=None)
    app.config.update(TESTING=True, SECRET_KEY="a secret for tests")
    return app


def save(folder: Path, **sources: str) -> None:
    """Write templates: ``a__b`` is the file ``a/b.mako``."""
    for name, source in sources.items():
        path = folder / (name.replace("__", "/") + ".mako")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source))


def render(app: Kolben, template: object, /, **variables: object) -> str:
    with app.test_request_context("/here"):
        return render_template(template, **variables)


# -- what a template sees


def test_variables_are_filled_in(app, folder):
    save(folder, hello="Hello ${name}!")
    assert render(app, "hello.mako", name="Ann") == "Hello Ann!"


def test_it_sees_what_a_jinja_template_sees(app, folder):
    save(
        folder,
        all="${request.path} ${g.color} ${session['user']} ${config['TESTING']}"
        " ${url_for('here')} ${get_flashed_messages()} ${shout('x')} ${brand}",
    )
    app.add_url_rule("/here", "here", lambda: render_template("all.mako"))
    app.template_global()(lambda: None)
    app.jinja_env.globals["shout"] = str.upper

    @app.before_request
    def colour():
        g.color = "red"
        session["user"] = "Ann"

    @app.context_processor
    def brand():
        return {"brand": "Kolben"}

    text = app.test_client().get("/here").text
    assert text == "/here red Ann True /here [] X Kolben"


def test_a_template_that_ignores_the_session_does_not_open_it(app, folder):
    save(folder, page="x")
    app.get("/")(lambda: render_template("page.mako"))
    assert "Vary" not in app.test_client().get("/").headers


def test_the_blueprints_context_processors_run_too(app, folder):
    save(folder, brand="${brand}")
    shop = Blueprint("shop", __name__)
    shop.context_processor(lambda: {"brand": "shop"})
    shop.get("/shop")(lambda: render_template("brand.mako"))
    app.register_blueprint(shop)
    app.context_processor(lambda: {"brand": "app"})
    app.get("/")(lambda: render_template("brand.mako"))
    client = app.test_client()
    assert [client.get("/").text, client.get("/shop").text] == ["app", "shop"]


def test_the_apps_own_filters_work_and_python_keeps_its_names(app, folder):
    save(folder, own="${name | shout} ${sum([1, 2])}")
    app.template_filter("shout")(str.upper)
    assert render(app, "own.mako", name="ann") == "ANN 3"


def test_filters_that_want_jinjas_context_are_left_out(app, folder):
    save(folder, own="${odd is UNDEFINED}")
    app.add_template_filter(jinja2.pass_context(lambda context, value: value), "odd")
    assert render(app, "own.mako") == "True"


def test_variables_may_have_names_that_mako_uses_for_arguments(app, folder):
    save(folder, names="${buffer} ${data} ${template}")
    assert render(app, "names.mako", buffer=1, data=2, template=3) == "1 2 3"


def test_the_page_may_declare_arguments(app, folder):
    save(folder, args="<%page args=\"name, greeting='Hi'\"/>${greeting} ${name}")
    assert render(app, "args.mako", name="Ann") == "Hi Ann"


# -- escaping


def test_expressions_are_escaped_unless_they_are_markup(app, folder):
    save(folder, esc="${text} ${markup} ${text | n} ${number}")
    text = render(app, "esc.mako", text="<a>", markup=Markup("<b>"), number=5)
    assert text == "&lt;a&gt; <b> <a> 5"


def test_asking_for_escaping_does_not_escape_twice(app, folder):
    save(folder, esc="${text | h}")
    assert render(app, "esc.mako", text="<a>") == "&lt;a&gt;"


def test_what_is_not_escaped_need_not_be_text(app, folder):
    save(folder, num="<%def name='twice(x)' buffered='True'>${x | n}${x | n}</%def>${twice(5) | n}")
    assert render(app, "num.mako") == "55"


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("page.mako", True), ("page.html.mako", True), ("mail.txt.mako", False), ("a.js.mako", False)],
)
def test_the_suffix_before_the_last_decides_on_escaping(app, folder, name, escaped):
    (folder / name).write_text("${text}")
    assert render(app, name, text="<a>") == ("&lt;a&gt;" if escaped else "<a>")


def test_options_may_bring_other_filters(app, folder):
    save(folder, esc="${text}")
    app.mako_options = {"default_filters": ["trim"]}
    assert render(app, "esc.mako", text=" <a> ") == "<a>"


def test_strict_undefined_names_what_is_missing(app, folder):
    save(folder, esc="${nothing}")
    app.mako_options = {"strict_undefined": True}
    with pytest.raises(NameError, match="nothing"):
        render(app, "esc.mako")


# -- finding templates


def test_a_blueprints_folder_is_asked_after_the_apps(app, folder, tmp_path):
    save(tmp_path / "blue", one="blue", two="blue")
    save(folder, one="app")
    app.register_blueprint(Blueprint("b", __name__, template_folder=str(tmp_path / "blue")))
    assert [render(app, "one.mako"), render(app, "two.mako")] == ["app", "blue"]


def test_inheritance_and_inclusion_cross_folders(app, folder, tmp_path):
    save(folder, base="[${self.body()}]", parts__foot="foot of ${name}")
    save(
        tmp_path / "blue",
        admin__page='<%inherit file="/base.mako"/>${name} <%include file="/parts/foot.mako"/>'
        '<%include file="near.mako"/><%include file="../top.mako"/>',
        admin__near="-near",
        top="-top",
    )
    app.register_blueprint(Blueprint("b", __name__, template_folder=str(tmp_path / "blue")))
    assert render(app, "admin/page.mako", name="Ann") == "[Ann foot of Ann-near-top]"


def test_any_loader_of_jinja_serves(app):
    app.jinja_loader = jinja2.DictLoader({"x.mako": "${1 + 1}", "y.html": "{{ 2 + 2 }}"})
    assert [render(app, "x.mako"), render(app, "y.html")] == ["2", "4"]


@pytest.mark.parametrize("names", [["no.mako", "yes.mako"], ["no.html", "yes.mako"]])
def test_the_first_of_several_that_exists_is_taken(app, folder, names):
    save(folder, yes="yes")
    assert render(app, names) == "yes"


def test_if_none_of_several_exists_jinjas_error_lists_them(app):
    with pytest.raises(jinja2.TemplatesNotFound, match=r"a\.mako, b\.html"):
        render(app, ["a.mako", "b.html"])


def test_a_missing_template_is_an_error_that_both_libraries_know(app):
    app.debug = True
    with pytest.raises(jinja2.TemplateNotFound, match=r"no template 'no\.mako'") as caught:
        render(app, "no.mako")
    assert isinstance(caught.value, TemplateLookupException)
    assert "Looked in" in caught.value.__notes__[0]


def test_a_name_that_is_relative_by_mistake_gets_a_hint(app, folder):
    save(folder, base="", shop__page='<%inherit file="base.mako"/>')
    with pytest.raises(TemplateLookupException, match=r"'shop/base\.mako', but there is '/base"):
        render(app, "shop/page.mako")


def test_names_cannot_leave_the_folder(app, folder):
    (folder.parent / "secret.mako").write_text("secret")
    save(folder, page='<%include file="../secret.mako"/>')
    for name in ("../secret.mako", "page.mako"):
        with pytest.raises(TemplateLookupException):
            render(app, name)


def test_other_suffixes_can_be_configured(app, folder):
    (folder / "page.mak").write_text("${1 + 1}")
    app.config["MAKO_SUFFIXES"] = (".mak", ".mako")
    assert render(app, "page.mak") == "2"


# -- keeping and reloading


def test_a_template_is_compiled_once(app, folder):
    save(folder, page="x")
    assert app.mako_lookup.get_template("page.mako") is app.mako_lookup.get_template("/page.mako")


@pytest.mark.parametrize(("reload", "expected"), [(True, "new"), (False, "old"), (None, "old")])
def test_changed_templates_are_reloaded_as_jinjas_are(app, folder, reload, expected):
    app.config["TEMPLATES_AUTO_RELOAD"] = reload
    save(folder, page="old")
    assert render(app, "page.mako") == "old"
    save(folder, page="new")
    os.utime(folder / "page.mako", (1, 1))
    assert render(app, "page.mako") == expected


def test_debug_mode_reloads(app, folder):
    app.debug = True
    save(folder, page="old")
    assert render(app, "page.mako") == "old"
    save(folder, page="new")
    os.utime(folder / "page.mako", (1, 1))
    assert render(app, "page.mako") == "new"


# -- signals and strings


def test_both_signals_are_sent_with_template_and_variables(app, folder):
    save(folder, hello="Hello ${name}")
    heard = []

    def before(sender, template, context, **extra):
        context["name"] = context["name"].upper()
        heard.append(("before", template.name))

    def after(sender, template, context, **extra):
        heard.append(("after", context["name"]))

    with (
        before_render_template.connected_to(before, app),
        template_rendered.connected_to(after, app),
    ):
        assert render(app, "hello.mako", name="ann") == "Hello ANN"
    assert heard == [("before", "hello.mako"), ("after", "ANN")]


def test_a_template_may_be_given_as_text(app, folder):
    save(folder, base="[${self.body()}]", foot="foot")
    source = '<%inherit file="base.mako"/>${name}<%include file="foot.mako"/>'
    with app.app_context():
        assert render_mako_string(source, name="<") == "[&lt;foot]"


def test_it_keeps_its_source(app, folder):
    save(folder, page="${1}")
    assert app.mako_lookup.get_template("page.mako").source == "${1}"


# -- errors show the template's line

FAILING = {
    "expression": ("one\ntwo ${1 / zero}\n", 2, "two ${1 / zero}"),
    "block": ("<%\n  a = 1\n\n  b = a / zero\n%>\n", 4, "b = a / zero"),
    "control": ("\n% if 1 / zero:\nx\n% endif\n", 2, "% if 1 / zero:"),
    "loop": ("x\n% for i in range(3):\n\n${i / zero}\n% endfor", 4, "${i / zero}"),
    "def": ('a\n<%def name="f()">\n${1 / zero}\n</%def>\n\n${f()}', 3, "${1 / zero}"),
    "named block": ('a\n\n<%block name="b">\nx\n${1 / zero}\n</%block>', 5, "${1 / zero}"),
    "module": ("a\n\n<%!\nimport os\n1 / 0\n%>", 5, "1 / 0"),
}


@pytest.mark.parametrize(("source", "line", "text"), FAILING.values(), ids=FAILING)
def test_the_traceback_names_file_line_and_text_of_the_template(app, folder, source, line, text):
    (folder / "bad.mako").write_text(source)
    with pytest.raises(ZeroDivisionError) as caught:
        render(app, "bad.mako", zero=0)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.line) == (str(folder / "bad.mako"), line, text)


def test_every_template_on_the_way_is_shown(app, folder):
    save(folder, base="\n${self.body()}", page='<%inherit file="base.mako"/>\n\n${1 / zero}')
    with pytest.raises(ZeroDivisionError) as caught:
        render(app, "page.mako", zero=0)
    frames = traceback.extract_tb(caught.value.__traceback__)
    shown = [(Path(f.filename).name, f.lineno) for f in frames if f.filename.endswith(".mako")]
    assert shown == [("base.mako", 2), ("page.mako", 3)]


def test_no_column_is_made_up(app, folder):
    save(folder, bad="x\n${1 / zero}")
    with pytest.raises(ZeroDivisionError) as caught:
        render(app, "bad.mako", zero=0)
    assert "^" not in "".join(traceback.format_exception(caught.value)).splitlines()[-2]


@pytest.mark.parametrize("source", ["a\n${1 / zero}", "a\n\n${\n1 / zero}"])
def test_a_template_given_as_text_shows_its_lines_too(app, source):
    with app.app_context(), pytest.raises(ZeroDivisionError) as caught:
        render_mako_string(source, zero=0)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert last.filename.startswith("template:")
    assert last.line == source.splitlines()[last.lineno - 1].strip()
    assert "${" in last.line


def test_a_loader_without_files_shows_the_lines_too(app):
    app.jinja_loader = jinja2.DictLoader({"x.mako": "a\n${1 / zero}"})
    with pytest.raises(ZeroDivisionError) as caught:
        render(app, "x.mako", zero=0)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.line) == ("template:x.mako", 2, "${1 / zero}")


BROKEN = {
    "expression": ("a\nb ${1 +}\n", 2, "b ${1 +}"),
    "control": ("a\n\n% for x in\n% endfor\n", 3, "% for x in"),
    "tag": ("a\n<%nothing>\n", 2, "<%nothing>"),
    "python": ("a\n<%\n  x = = 1\n%>\n", 3, "x = = 1"),
    "statement": ("a\n<%\n  y = 1\n  break\n%>\n", 4, "break"),
}


@pytest.mark.parametrize(("source", "line", "text"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_template_is_shown_where_it_is(app, folder, source, line, text):
    (folder / "bad.mako").write_text(source)
    with pytest.raises((SyntaxException, CompileException, SyntaxError)) as caught:
        render(app, "bad.mako")
    if isinstance(caught.value, SyntaxError):
        found = (caught.value.filename, caught.value.lineno, (caught.value.text or "").strip())
    else:
        last = traceback.extract_tb(caught.value.__traceback__)[-1]
        found = (last.filename, last.lineno, last.line)
    assert found == (str(folder / "bad.mako"), line, text)


def test_a_broken_template_is_tried_again_once_it_is_mended(app, folder):
    save(folder, page="${1 +}")
    with pytest.raises(SyntaxException):
        render(app, "page.mako")
    save(folder, page="fine")
    assert render(app, "page.mako") == "fine"


def test_the_log_shows_the_templates_line(app, folder):
    save(folder, bad="one\n${1 / zero}")
    app.testing = False
    app.get("/")(lambda: render_template("bad.mako", zero=0))
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    app.logger.addHandler(handler)
    try:
        assert app.test_client().get("/").status_code == 500
    finally:
        app.logger.removeHandler(handler)
    assert f'File "{folder}/bad.mako", line 2' in stream.getvalue()
    assert "    ${1 / zero}\n" in stream.getvalue()


def test_the_debugger_shows_the_templates_line(app, folder):
    from werkzeug.debug import DebuggedApplication
    from werkzeug.test import Client

    save(folder, bad="one <b>\n${1 / zero}\nthree")
    app.debug, app.testing = True, False
    app.get("/")(lambda: render_template("bad.mako", zero=0))
    page = Client(DebuggedApplication(app)).get(
        "/", environ_overrides={"wsgi.errors": io.StringIO()}
    )
    assert f"{folder}/bad.mako" in page.text
    current = [line for line in page.text.splitlines() if 'class="line current"' in line]
    assert "${1 / zero}" in current[-1]
    assert "one &lt;b&gt;" in page.text


# -- without Mako


def test_without_mako_the_error_says_how_to_install_it(folder):
    save(folder, page="x")
    code = """
        import sys
        sys.modules["mako"] = None
        from kolben import Kolben, render_template
        app = Kolben("x", root_path=".")
        with app.app_context():
            print(render_template("page.html"))
            render_template("page.mako")
    """
    (folder / "page.html").write_text("jinja works")
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert result.stdout == "jinja works\n"
    assert 'pip install "kolben[mako]"' in result.stderr.splitlines()[-1]


def test_rendering_with_jinja_does_not_load_mako(folder):
    (folder / "page.html").write_text("jinja works")
    code = (
        "import sys; from kolben import Kolben, render_template; app = Kolben('x', root_path='.')\n"
        "with app.app_context(): render_template('page.html')\n"
        "assert 'mako' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=folder.parent, check=True, timeout=60)
