"""Error pages, which look like the rest of the site, and the API's errors, which are JSON."""

from flask import jsonify, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from examples.members.extensions import db, login_manager

#: What pages say: a headline, and what to do about it.
PAGES = {
    400: (_l("We did not understand that"), _l("Please go back, reload the page and try again.")),
    403: (_l("This door is closed"), _l("You are signed in, but this area is not for you.")),
    404: (_l("There is nothing here"), _l("The page has moved, or it never was here.")),
    405: (_l("That does not work here"), _l("Please go back and try another way.")),
    413: (_l("That is too large"), _l("A file may have up to 2 MB.")),
    429: (_l("One moment, please"), _l("That was too often. Come back in a few minutes.")),
    500: (_l("Something broke"), _l("It is our fault, and we have written it down.")),
}
STALE = _l("This form has expired. Please go back, reload the page and send it again.")


def init_app(app) -> None:
    """Answer every error in the visitor's form and language."""
    app.register_error_handler(HTTPException, answer)
    login_manager.unauthorized_handler(ask_to_sign_in)


def is_api() -> bool:
    """Tell whether a program is asking; a URL that does not exist has no blueprint."""
    return request.path.startswith("/api/")


def answer(error: HTTPException):
    """Answer an error; for a 500 in such a way that nothing else has to work."""
    if error.code is None or error.response is not None:
        return error
    if error.code >= 500:
        db.session.rollback()
    body = as_json(error) if is_api() else as_page(error)
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    return body, error.code, headers


def as_json(error: HTTPException):
    """Tell a program what is wrong."""
    detail = {"status": error.code, "title": error.name, "detail": error.description}
    return jsonify(error=detail)


def as_page(error: HTTPException) -> str:
    """Tell a person.

    The page of a 500 neither asks who they are nor reads a database, and for a host that is none
    of ours there are no URLs.
    """
    title, advice = PAGES.get(error.code, (error.name, error.description))
    if isinstance(error, CSRFError):
        advice = STALE
    is_plain = error.code >= 500 or isinstance(error, SecurityError)
    template = "broken.html" if is_plain else "error.html"
    return render_template(template, code=error.code, title=title, advice=advice)


def ask_to_sign_in():
    """Send a visitor to the sign-in form, and from there back to the page that was asked for."""
    back = request.full_path.rstrip("?") if request.method == "GET" else url_for("pages.home")
    return redirect(url_for("auth.sign_in", next=back))
