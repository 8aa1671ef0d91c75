"""The blueprint that lists, shows and adds people."""

from sqlalchemy.exc import IntegrityError
from werkzeug.security import generate_password_hash
from werkzeug.wrappers import Response

from examples.people.forms import Form, read_person
from examples.people.identity import current_person
from examples.people.store import Person, database, search
from kolben import Blueprint, abort, flash, redirect, render_template, request, url_for

people = Blueprint("people", __name__)


@people.get("/")
def index() -> str:
    """List everybody, or those whom ``?q=`` finds."""
    words = request.args.get("q", "").strip()
    return render_template("people.html", found=search(words), words=words)


@people.get("/people/<int:person_id>")
def show(person_id: int) -> str:
    """Show one person."""
    person = database().get(Person, person_id)
    if person is None:
        abort(404, "Nobody here has that number.")
    return render_template("person.html", person=person)


@people.get("/people/new")
def new() -> str:
    """Show the empty form."""
    return render_template("new.html", form=Form())


@people.post("/people/new")
def add() -> Response | tuple[str, int]:
    """Add the person, or show what has to be mended with everything that was typed."""
    form = read_person(request.form)
    person = save(form) if form.is_valid else None
    if person is None:
        flash("Nobody was added yet: please look at the marked fields.", "error")
        return render_template("new.html", form=form), 422
    flash(f"{person.name} is in the directory now.", "success")
    return redirect(url_for("people.show", person_id=person.id))


def save(form: Form) -> Person | None:
    """Store the person; if the address is taken, note that on the form and return None."""
    person = Person(
        name=form.values["name"],
        role=form.values["role"],
        email=form.values["email"].lower(),
        password_hash=generate_password_hash(form.values["password"]),
        added_by_id=current_person.id,
    )
    database().add(person)
    try:
        database().commit()
    except IntegrityError:  # the table decides: asking first would lose a race
        database().rollback()
        form.errors["email"] = "Somebody with this address is here already."
        return None
    return person
