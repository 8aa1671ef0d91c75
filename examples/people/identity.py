"""Who is asking: `current_person`, a proxy to the top of a stack of our own.

`LocalStack` and `LocalProxy` are Kolben's public tools, the same that `request` and `g`
are made of. A hook pushes the visitor before each request, a teardown pops them, and any
code in between says `current_person` without passing anybody around. Another request, in
whatever thread or task, sees its own visitor.
"""

from dataclasses import dataclass

from examples.people.store import Person, database
from kolben import Kolben, session
from kolben.local import LocalProxy, LocalStack

SESSION_KEY = "person_id"


@dataclass(frozen=True)
class Guest:
    """Stands for a visitor who has not signed in; it is false, a `Person` is true."""

    name: str = "Guest"
    id: None = None

    def __bool__(self) -> bool:
        """Let code ask ``if current_person``."""
        return False


visitors: LocalStack[Person | Guest] = LocalStack()
current_person = LocalProxy(
    visitors, unbound_message="nobody is asking: use current_person in a request"
)


def init_app(app: Kolben) -> None:
    """Fill the stack before each request of the app, and empty it afterwards."""
    app.before_request(arrive)
    app.teardown_request(leave)


def arrive() -> None:
    """Push the person whose id the session holds, or a guest."""
    known = session.get(SESSION_KEY)
    person = database().get(Person, known) if known is not None else None
    visitors.push(person or Guest())


def leave(_error: BaseException | None) -> None:
    """Pop the visitor; runs also when the view has failed."""
    visitors.pop()


def sign_in(person: Person) -> None:
    """Remember the person in a session that holds nothing from before."""
    session.clear()
    session[SESSION_KEY] = person.id


def sign_out() -> None:
    """Forget who was signed in."""
    session.clear()
