"""What people fill in: Flask-WTF forms, whose labels and errors are messages of the catalogue."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    EmailField,
    PasswordField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import DataRequired, Email, Length, ValidationError

from examples.members import passwords
from examples.members.language import LANGUAGES


def trimmed(text: str | None) -> str | None:
    """Take the space around what was typed away."""
    return text.strip() if text else text


def lowered(text: str | None) -> str | None:
    """Spell an address as it is kept."""
    return text.strip().lower() if text else text


def one_line(_form, field) -> None:
    """Refuse control characters, which have no place in a name or in a letter's head."""
    if any(not letter.isprintable() for letter in field.data or ""):
        raise ValidationError(_l("Please use letters, digits and signs only."))


def not_the_address(form, field) -> None:
    """Refuse the password that everybody would try first."""
    if "email" in form and field.data and field.data.lower() == form.email.data:
        raise ValidationError(_l("Your e-mail address is no good password."))


ADDRESS = [
    DataRequired(_l("Please fill in your e-mail address.")),
    Length(max=254, message=_l("This is too long.")),
    Email(_l("This does not look like an e-mail address.")),
]
NAME = [
    DataRequired(_l("What shall we call you?")),
    Length(max=80, message=_l("At most 80 characters, please.")),
    one_line,
]
NEW_PASSWORD = [
    DataRequired(_l("Please choose a password.")),
    Length(
        min=passwords.SHORTEST,
        max=passwords.LONGEST,
        message=_l("Between %(min)d and %(max)d characters, please."),
    ),
    not_the_address,
]


class RegisterForm(FlaskForm):
    name = StringField(_l("Your name"), NAME, [trimmed])
    email = EmailField(_l("E-mail address"), ADDRESS, [lowered])
    password = PasswordField(_l("Password"), NEW_PASSWORD)


class SignInForm(FlaskForm):
    email = EmailField(
        _l("E-mail address"), [DataRequired(_l("Please fill in your e-mail address."))], [lowered]
    )
    password = PasswordField(_l("Password"), [DataRequired(_l("Please fill in your password."))])
    remember = BooleanField(_l("Keep me signed in on this device"))


class ForgotForm(FlaskForm):
    email = EmailField(_l("E-mail address"), ADDRESS, [lowered])


class ResetForm(FlaskForm):
    password = PasswordField(_l("New password"), NEW_PASSWORD)


class ProfileForm(FlaskForm):
    name = StringField(_l("Your name"), NAME, [trimmed])
    language = SelectField(
        _l("Language"), choices=[SelectChoice(code, name) for code, name in LANGUAGES.items()]
    )


class PasswordForm(FlaskForm):
    current = PasswordField(
        _l("Current password"), [DataRequired(_l("Please fill in your current password."))]
    )
    password = PasswordField(_l("New password"), NEW_PASSWORD)


class UploadForm(FlaskForm):
    file = FileField(_l("File"), [FileRequired(_l("Please choose a file."))])


class PlainForm(FlaskForm):
    """A button: nothing to fill in, but the CSRF token is checked."""
