"""The area for administrators, by Flask-Admin, and the export of members as CSV."""

from itertools import chain

from flask import abort, current_app, flash
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.form import BaseForm
from flask_admin.theme import Bootstrap4Theme
from flask_babel import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import func, select
from wtforms.validators import DataRequired, Email, Length

from examples.members.extensions import db
from examples.members.forms import lowered, one_line, trimmed
from examples.members.models import Member, Upload, new_stamp, now
from examples.members.safety import nonce
from examples.members.uploads import human_size, path_of

#: What makes a spreadsheet take a cell for a formula (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
BOM = "\ufeff"  # spreadsheets take a file without one for Latin-1


class ForAdmins:
    """Lets administrators in: visitors are sent to the sign-in form, other members get a 403."""

    def is_accessible(self) -> bool:
        """Tell whether the visitor may see this view, and its entry in the menu."""
        return current_user.is_authenticated and current_user.is_confirmed and current_user.is_admin

    def inaccessible_callback(self, name, **kwargs):
        """Answer whoever may not."""
        if not current_user.is_authenticated:
            return current_app.login_manager.unauthorized()
        return abort(403)


class Overview(ForAdmins, AdminIndexView):
    """The first page: how the club is doing."""

    @expose()
    def index(self):
        """Show numbers, and who came last."""
        newest = select(Member).order_by(Member.joined_at.desc(), Member.id.desc()).limit(6)
        return self.render(
            "admin/overview.html", numbers=numbers(), newest=db.session.scalars(newest)
        )


def numbers() -> list[tuple[str, object]]:
    """Count what an administrator wants to know."""
    members = db.session.execute(
        select(
            func.count(Member.id),
            func.count(Member.confirmed_at),
            func.count(Member.id).filter(Member.is_admin.is_(True)),
        )
    ).one()
    files, size = db.session.execute(
        select(func.count(Upload.id), func.coalesce(func.sum(Upload.size), 0))
    ).one()
    return [
        (_("Members"), members[0]),
        (_("Unconfirmed"), members[0] - members[1]),
        (_("Administrators"), members[2]),
        (_("Files"), f"{files} · {human_size(size)}"),
    ]


class Members(ForAdmins, ModelView):
    """Members: looked for, edited, sent away, exported. They register themselves."""

    can_create = False
    can_export = True
    can_set_page_size = True
    page_size = 20
    action_disallowed_list = ("delete",)  # one by one, and not by a slip of the mouse
    form_base_class = BaseForm  # CSRF is checked for the whole app, by Flask-WTF
    column_list = ("name", "email", "is_confirmed", "is_admin", "is_welcome", "joined_at")
    column_sortable_list = ("name", "email", "is_admin", "is_welcome", "joined_at")
    column_searchable_list = ("name", "email")
    column_filters = ("is_admin", "is_welcome", "confirmed_at", "joined_at")
    column_default_sort = ("joined_at", True)
    column_export_list = (
        "id", "name", "email", "language", "is_admin", "is_welcome", "joined_at",
        "confirmed_at", "signed_in_at",
    )  # fmt: skip
    column_formatters = {  # noqa: RUF012 - Flask-Admin's way
        "joined_at": lambda _view, _context, member, _name: format_date(member.joined_at),
    }
    column_formatters_export = {}  # noqa: RUF012 - days and hours as they are kept
    column_labels = {  # noqa: RUF012 - the same
        "name": _l("Name"),
        "email": _l("E-mail address"),
        "language": _l("Language"),
        "is_confirmed": _l("Confirmed"),
        "is_admin": _l("Administrator"),
        "is_welcome": _l("May come in"),
        "joined_at": _l("Joined"),
        "confirmed_at": _l("Confirmed"),
        "signed_in_at": _l("Last here"),
    }
    form_columns = ("name", "email", "is_admin", "is_welcome")
    form_args = {  # noqa: RUF012 - the same
        "name": {"validators": [DataRequired(), Length(max=80), one_line], "filters": [trimmed]},
        "email": {"validators": [DataRequired(), Length(max=254), Email()], "filters": [lowered]},
    }

    def update_model(self, form, model):
        """Save a member, unless the club were left without an administrator."""
        keeps = form.is_admin.data and form.is_welcome.data
        if not keeps and self.is_last_admin(model):
            flash(_("Somebody has to be the administrator."), "error")
            return False
        return super().update_model(form, model)

    def on_model_change(self, form, model, is_created):
        """End the sessions of somebody who may not come in any more."""
        if not model.is_welcome:
            model.stamp, model.token_digest = new_stamp(), None

    def delete_model(self, model):
        """Remove a member and their files, unless it is the last administrator."""
        if self.is_last_admin(model):
            flash(_("Somebody has to be the administrator."), "error")
            return False
        paths = [path_of(upload) for upload in model.uploads]
        deleted = super().delete_model(model)
        for path in paths if deleted else ():
            path.unlink(missing_ok=True)
        return deleted

    @staticmethod
    def is_last_admin(member: Member) -> bool:
        """Tell whether there is no other administrator."""
        return member.is_admin and member.is_welcome and Member.count_admins() == 1

    def get_export_name(self, export_type="csv"):
        """Name the file by the day."""
        return f"members-{now():%Y-%m-%d}.{export_type}"

    def get_export_value(self, model, name):
        """Return a cell that a spreadsheet takes for text."""
        return harmless(super().get_export_value(model, name))

    @expose("/export/<export_type>/")
    def export(self, export_type):
        """Export what is listed, in a file that spreadsheets read as UTF-8."""
        response = super().export(export_type)
        if response.mimetype == "text/csv":
            response.response = chain([BOM], response.response)
            response.headers["Cache-Control"] = "no-store"
        return response


class Uploads(ForAdmins, ModelView):
    """Files, as far as they are an administrator's business: whose, how many, how large."""

    can_create = can_edit = can_delete = False
    action_disallowed_list = ("delete",)
    column_list = ("owner", "kind", "size", "added_at")
    column_filters = ("kind", "size", "added_at")
    column_default_sort = ("added_at", True)
    column_formatters = {  # noqa: RUF012 - Flask-Admin's way
        "size": lambda _view, _context, upload, _name: human_size(upload.size),
        "added_at": lambda _view, _context, upload, _name: format_date(upload.added_at),
    }
    column_labels = {  # noqa: RUF012 - Flask-Admin's way
        "owner": _l("Member"),
        "kind": _l("Type"),
        "size": _l("Size"),
        "added_at": _l("Added"),
    }


def harmless(value):
    """Put an apostrophe before what a spreadsheet would calculate; it shows the rest as text."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value


def init_app(app) -> None:
    """Build the area for one app: Flask-Admin's objects belong to one each."""
    admin = Admin(
        app,
        name="Piston Club",
        theme=Bootstrap4Theme(base_template="admin/club.html", fluid=True),
        index_view=Overview(name=_l("Overview")),
        csp_nonce_generator=nonce,
    )
    admin.add_view(
        Members(Member, db, name=_l("Members"), endpoint="admin_members", url="/admin/members")
    )
    admin.add_view(
        Uploads(Upload, db, name=_l("Files"), endpoint="admin_files", url="/admin/files")
    )
