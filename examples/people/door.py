"""The blueprint that signs people in and out."""

from werkzeug.wrappers import Response

from examples.people.fakes import PASSWORD
from examples.people.forms import Form, read_sign_in
from examples.people.identity import current_person, sign_in, sign_out
from examples.people.store import by_email
from kolben import Blueprint, flash, redirect, render_template, request, url_for

door = Blueprint("door", __name__)


@door.get("/sign-in")
def knock() -> str:
    """Show the form."""
    return page(Form())


@door.post("/sign-in")
def enter() -> Response | tuple[str, int]:
    """Sign in, or say that address and password do not belong together, but not which is wrong."""
    form = read_sign_in(request.form)
    if form.is_valid:
        person = by_email(form.values["email"])
        if person is not None and person.has_password(form.values["password"]):
            sign_in(person)
            flash(f"Welcome, {person.name}!", "success")
            return redirect(url_for("people.index"))
        form.errors["password"] = "This address and password do not belong together."
    return page(form), 422


@door.post("/sign-out")
def exit_() -> Response:
    """Sign out and go home."""
    if current_person:
        sign_out()
        flash("You are signed out. See you soon!", "info")
    return redirect(url_for("people.index"))


def page(form: Form) -> str:
    """Render the form with what was typed and what is wrong with it."""
    return render_template("sign_in.html", form=form, demo_password=PASSWORD)
