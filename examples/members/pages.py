"""The blueprint of the first page, and of the language switch."""

from flask import Blueprint, abort, redirect, render_template, session
from flask_login import current_user

from examples.members import language as languages
from examples.members.safety import safe_next

pages = Blueprint("pages", __name__)


@pages.get("/")
def home():
    """Greet: a visitor with what the club is, a member with what is theirs."""
    if current_user.is_authenticated:
        return render_template("home.html", uploads=current_user.uploads)
    return render_template("welcome.html")


@pages.get("/language/<code>")
def language(code: str):
    """Switch the language and go back; a link, as it changes nothing but how pages read."""
    if code not in languages.LANGUAGES:
        abort(404)
    session[languages.SESSION_KEY] = code
    return redirect(safe_next())
