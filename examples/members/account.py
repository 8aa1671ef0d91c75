"""The blueprint of one's own account: profile, password, other devices, API token."""

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import refresh
from flask_login import current_user, login_required, login_user

from examples.members import language, passwords, throttle, tokens
from examples.members.auth import QUARTER, page
from examples.members.extensions import db
from examples.members.forms import PasswordForm, PlainForm, ProfileForm
from examples.members.models import new_stamp

account = Blueprint("account", __name__, url_prefix="/account")


@account.before_request
@login_required
def members_only() -> None:
    """Send visitors to the sign-in form."""


@account.route("/profile", methods=["GET", "POST"])
def profile():
    """Change name and language."""
    form = ProfileForm(obj=current_user)
    if form.validate_on_submit():
        form.populate_obj(current_user)
        db.session.commit()
        session[language.SESSION_KEY] = current_user.language
        refresh()  # the message is in the new language already
        flash(_("Your profile is saved."), "success")
        return redirect(url_for("account.profile"))
    if not form.is_submitted() and not current_user.language:
        form.language.data = language.current()
    return page("account/profile.html", form)


@account.route("/password", methods=["GET", "POST"])
def password():
    """Change the password; whoever is signed in elsewhere is signed out."""
    form = PasswordForm()
    if form.validate_on_submit():
        throttle.spend("password", str(current_user.id), limit=6, per=QUARTER)
        if passwords.is_right(current_user, form.current.data):
            throttle.forgive("password", str(current_user.id))
            current_user.password_hash = passwords.hashed(form.password.data)
            current_user.token_digest = None
            renew_sessions()
            flash(_("Your password is changed. Other devices are signed out."), "success")
            return redirect(url_for("account.password"))
        form.current.errors = [_("This is not your current password.")]
    return page("account/password.html", form)


@account.post("/devices/sign-out")
def sign_out_devices():
    """Sign out everywhere but here."""
    renew_sessions()
    flash(_("You are signed out on all other devices."), "success")
    return redirect(url_for("account.password"))


def renew_sessions() -> None:
    """Make every session and remember cookie of the member worthless but a new one, here."""
    member = current_user._get_current_object()
    member.stamp = new_stamp()
    db.session.commit()
    session.pop("csrf_token", None)
    remembered = current_app.config["REMEMBER_COOKIE_NAME"] in request.cookies
    login_user(member, remember=remembered)


@account.get("/api")
def api_token():
    """Say what programs may do, and whether there is a token."""
    return render_template("account/api.html", form=PlainForm(), token=None)


@account.post("/api")
def new_token():
    """Make a token and show it, this once."""
    token = tokens.new_api_token(current_user)
    db.session.commit()
    return render_template("account/api.html", form=PlainForm(), token=token)


@account.post("/api/revoke")
def revoke_token():
    """Make the token worthless."""
    current_user.token_digest = None
    db.session.commit()
    flash(_("The token is revoked."), "success")
    return redirect(url_for("account.api_token"))
