"""The blueprint at the door: register, confirm, sign in and out, forgotten passwords.

No answer here tells whether an address is known: registering and forgetting end on the same page
for everybody, and the letter says the rest to whoever reads it.
"""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_required, login_user, logout_user
from sqlalchemy.exc import IntegrityError

from examples.members import language, mail, passwords, throttle, tokens
from examples.members.extensions import db
from examples.members.forms import ForgotForm, PlainForm, RegisterForm, ResetForm, SignInForm
from examples.members.models import Member, new_stamp, now
from examples.members.safety import safe_next

auth = Blueprint("auth", __name__)

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
#: What somebody who has not confirmed the address may ask for, beside this blueprint.
OPEN_ENDPOINTS = frozenset({"static", "assets", "pages.language"})


@auth.before_app_request
def hold_back():
    """Let members whose address is not confirmed go no further than to the page that says so."""
    endpoint = request.endpoint
    if endpoint is None or endpoint in OPEN_ENDPOINTS or endpoint.endswith(".static"):
        return None
    if request.blueprint in {"auth", "api"}:  # the API answers for itself, in JSON
        return None
    if current_user.is_authenticated and not current_user.is_confirmed:
        return redirect(url_for("auth.unconfirmed"))
    return None


@auth.route("/register", methods=["GET", "POST"])
def register():
    """Make a member, and write to the address; whoever lives there decides what happens next."""
    if current_user.is_authenticated:
        return redirect(url_for("pages.home"))
    form = RegisterForm()
    if form.validate_on_submit():
        throttle.spend("letter", throttle.visitor(), limit=20, per=HOUR)
        throttle.spend("letter", form.email.data, limit=5, per=HOUR)
        member = newcomer(form)
        if member is None:
            tell_owner(Member.by_email(form.email.data))
        else:
            ask_to_confirm(member)
        session["written_to"] = form.email.data
        return redirect(url_for("auth.check_mail"))
    return page("auth/register.html", form)


def newcomer(form: RegisterForm) -> Member | None:
    """Make a member of a form, unless the address is taken.

    The password is hashed either way, which takes the most time by far; and two who register the
    same address at once are told apart by the database.
    """
    member = Member(
        name=form.name.data,
        email=form.email.data,
        password_hash=passwords.hashed(form.password.data),
        language=language.current(),
    )
    db.session.add(member)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return None
    return member


def ask_to_confirm(member: Member) -> None:
    """Send the link that confirms the address."""
    link = url_for("auth.confirm", token=tokens.for_confirmation(member), _external=True)
    mail.write(member, _l("Please confirm your address"), "confirm", link=link)


def tell_owner(member: Member | None) -> None:
    """Tell a member that somebody registered with their address again."""
    if member is not None and member.is_welcome:
        link = url_for("auth.forgot", _external=True)
        mail.write(member, _l("You are a member already"), "known", link=link)


@auth.get("/check-mail")
def check_mail():
    """Say that a letter is on its way, whether or not there is one."""
    return render_template("auth/check_mail.html", email=session.get("written_to"))


@auth.get("/confirm/<token>")
@login_required
def confirm(token: str):
    """Confirm the address of whoever is signed in.

    Signing in first is on purpose: somebody else may have registered with an address of yours, and
    your click on the link must not finish it for them. Nor can a mail scanner, which opens links.
    """
    if tokens.confirmed_by(token) != current_user:
        flash(_("This link is not valid, or no longer. We can send you a new one."), "error")
        return redirect(url_for("auth.unconfirmed"))
    if not current_user.is_confirmed:
        current_user.confirmed_at = now()
        db.session.commit()
        flash(_("Your address is confirmed. Welcome to the club!"), "success")
    return redirect(url_for("pages.home"))


@auth.get("/unconfirmed")
@login_required
def unconfirmed():
    """Say what is missing, and offer another letter."""
    if current_user.is_confirmed:
        return redirect(url_for("pages.home"))
    return render_template("auth/unconfirmed.html", form=PlainForm())


@auth.post("/unconfirmed")
@login_required
def resend():
    """Send the letter again."""
    if not current_user.is_confirmed:
        throttle.spend("letter", current_user.email, limit=5, per=HOUR)
        ask_to_confirm(current_user)
        flash(_("A new letter is on its way to %(email)s.", email=current_user.email), "success")
    return redirect(url_for("auth.unconfirmed"))


@auth.route("/sign-in", methods=["GET", "POST"])
def sign_in():
    """Sign in, or say that address and password do not fit, but not which of them is wrong."""
    if current_user.is_authenticated:
        return redirect(safe_next())
    form = SignInForm()
    if form.validate_on_submit():
        # By visitor and by address: neither many addresses from one place nor one address can be
        # tried for long; both together, or a stranger could lock a member out.
        throttle.spend("sign-in", throttle.visitor(), limit=60, per=QUARTER)
        throttle.spend("sign-in", throttle.visitor(), form.email.data, limit=6, per=QUARTER)
        member = Member.by_email(form.email.data)
        if passwords.is_right(member, form.password.data) and member.is_welcome:
            throttle.forgive("sign-in", throttle.visitor(), form.email.data)
            enter(member, remember=form.remember.data)
            flash(_("Welcome back, %(name)s!", name=member.name), "success")
            return redirect(safe_next())
        form.password.errors = [_("Address and password do not fit together.")]
    return page("auth/sign_in.html", form)


def enter(member: Member, *, remember: bool = False) -> None:
    """Sign a member in, with a session that holds nothing from before but the language."""
    chosen = session.get(language.SESSION_KEY)
    session.clear()
    if chosen:
        session[language.SESSION_KEY] = chosen
    member.signed_in_at = now()
    db.session.commit()
    login_user(member, remember=remember)


@auth.post("/sign-out")
def sign_out():
    """Sign out, and forget the device."""
    if current_user.is_authenticated:
        logout_user()
        chosen = session.get(language.SESSION_KEY)
        remember = session.get("_remember")  # Flask-Login's order to remove its cookie
        session.clear()
        session.update({language.SESSION_KEY: chosen} if chosen else {})
        session.update({"_remember": remember} if remember else {})
        flash(_("You are signed out. See you soon!"), "info")
    return redirect(url_for("pages.home"))


@auth.route("/password/forgot", methods=["GET", "POST"])
def forgot():
    """Send a link to whoever has forgotten the password."""
    form = ForgotForm()
    if form.validate_on_submit():
        throttle.spend("letter", throttle.visitor(), limit=20, per=HOUR)
        throttle.spend("letter", form.email.data, limit=5, per=HOUR)
        member = Member.by_email(form.email.data)
        if member is not None and member.is_welcome:
            link = url_for("auth.reset", token=tokens.for_reset(member), _external=True)
            mail.write(member, _l("Choose a new password"), "reset", link=link)
        session["written_to"] = form.email.data
        return redirect(url_for("auth.check_mail"))
    return page("auth/forgot.html", form)


@auth.route("/password/reset/<token>", methods=["GET", "POST"])
def reset(token: str):
    """Let the bearer of a letter choose a new password; every session before it ends."""
    member = tokens.reset_by(token)
    if member is None:
        flash(_("This link is not valid, or no longer. We can send you a new one."), "error")
        return redirect(url_for("auth.forgot"))
    form = ResetForm()
    if form.validate_on_submit():
        member.password_hash = passwords.hashed(form.password.data)
        member.stamp, member.token_digest = new_stamp(), None
        member.confirmed_at = member.confirmed_at or now()  # the letter has been read
        db.session.commit()
        logout_user()
        flash(_("Your password is changed. Please sign in with it."), "success")
        return redirect(url_for("auth.sign_in"))
    return page("auth/reset.html", form)


def page(template: str, form):
    """Render a form; one that was refused goes out as 422."""
    return render_template(template, form=form), 422 if form.errors else 200
