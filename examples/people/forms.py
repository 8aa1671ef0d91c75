"""What people type into the two forms, checked field by field.

A form is its values and its errors, so a page can show each error beside its field and
keep what was typed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

SHORTEST_PASSWORD = 8
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass
class Form:
    """Values and errors by field name; it is valid while there is no error."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, sent: Mapping[str, str], names: tuple[str, ...]) -> "Form":
        """Take the named fields from what was sent, without the space around them."""
        return cls({name: sent.get(name, "").strip() for name in names})

    @property
    def is_valid(self) -> bool:
        """Tell whether no field has an error."""
        return not self.errors

    def require(self, name: str, longest: int, cure: str) -> None:
        """Note an error for a field that is empty or too long."""
        value = self.values[name]
        if not value:
            self.errors[name] = cure
        elif len(value) > longest:
            self.errors[name] = f"At most {longest} characters, please; this has {len(value)}."


def read_person(sent: Mapping[str, str]) -> Form:
    """Check the form that adds a person."""
    form = Form.read(sent, ("name", "role", "email"))
    form.values["password"] = sent.get("password", "")  # spaces count in a password
    form.require("name", 80, "What is the person called?")
    form.require("role", 80, "What do they do?")
    form.require("email", 120, "Where can they be written to?")
    if "email" not in form.errors and not EMAIL.fullmatch(form.values["email"]):
        form.errors["email"] = "An email address looks like ada@example.org."
    if len(form.values["password"]) < SHORTEST_PASSWORD:
        form.errors["password"] = f"At least {SHORTEST_PASSWORD} characters, please."
    return form


def read_sign_in(sent: Mapping[str, str]) -> Form:
    """Check the form that signs somebody in; whether the pair is right is asked later."""
    form = Form.read(sent, ("email",))
    form.values["password"] = sent.get("password", "")
    form.require("email", 120, "Which address did you join with?")
    if not form.values["password"]:
        form.errors["password"] = "Your password is missing."
    return form
