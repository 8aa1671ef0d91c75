"""Letters: written in the reader's language during the request, sent in the background."""

import sys

from flask import current_app, render_template
from flask_babel import force_locale
from flask_mail import Message

from examples.members import language
from examples.members.background import run_later
from examples.members.extensions import mail


def write(member, subject, template: str, **values) -> None:
    """Write a letter to a member and have it sent.

    Args:
        member: Who gets it.
        subject: A lazy message of the catalogue.
        template: ``mail/<template>.txt`` and ``mail/letter.html`` make the two bodies.
        values: What the templates are told.
    """
    with force_locale(member.language or str(language.current())):
        text = render_template(f"mail/{template}.txt", member=member, **values)
        html = render_template("mail/letter.html", text=text, link=values.get("link"))
        message = Message(str(subject), recipients=[member.email], body=text, html=html)
    run_later(deliver, message)


def deliver(message: Message) -> None:
    """Hand a letter to the mail server, or print it where there is none."""
    if current_app.config["MAIL_SERVER"]:
        mail.send(message)
    else:
        sys.stdout.write(as_seen(message))
        sys.stdout.flush()


def as_seen(message: Message) -> str:
    """Return a letter as it is printed on the terminal."""
    rule = "─" * 78
    head = f"To: {', '.join(message.recipients)}\nSubject: {message.subject}"
    return f"\n┌{rule}\n✉  {head}\n\n{message.body.strip()}\n└{rule}\n"
