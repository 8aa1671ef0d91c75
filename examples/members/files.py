"""The blueprint of one's own files: nobody else, administrators included, gets at them."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_required

from examples.members import uploads
from examples.members.forms import PlainForm, UploadForm

files = Blueprint("files", __name__, url_prefix="/files")


@files.before_request
@login_required
def members_only() -> None:
    """Send visitors to the sign-in form."""


@files.route("", methods=["GET", "POST"])
def index():
    """List the files, and take another one."""
    form = UploadForm()
    if form.validate_on_submit():
        try:
            upload = uploads.keep(current_user, form.file.data)
        except uploads.RefusedError as refused:
            form.file.errors = [str(refused)]
        else:
            flash(_("“%(name)s” is uploaded.", name=upload.name), "success")
            return redirect(url_for("files.index"))
    body = render_template(
        "files.html", form=form, removal=PlainForm(), uploads=current_user.uploads
    )
    return body, 422 if form.errors else 200


@files.get("/<key>")
def show(key: str):
    """Send a file to its owner; for anybody else there is none."""
    return uploads.send(own_or_404(key))


@files.post("/<key>/remove")
def remove(key: str):
    """Remove a file."""
    upload = own_or_404(key)
    uploads.remove(upload)
    flash(_("“%(name)s” is removed.", name=upload.name), "info")
    return redirect(url_for("files.index"))


def own_or_404(key: str):
    """Find a file of the member who asks."""
    return uploads.of(current_user, key) or abort(404)
