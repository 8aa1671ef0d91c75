"""The API: the same things for programs, in JSON, its errors too.

A program shows its token (``Authorization: Bearer club_…``, RFC 6750); a script of our own pages is
known by its session, and then has to send the CSRF token (``X-CSRFToken``) with what it changes.
Another site can do neither: browsers let no stranger set those headers.
"""

from flask import Blueprint, abort, g, jsonify, request, url_for
from flask_login import current_user
from sqlalchemy import func, select
from werkzeug.local import LocalProxy

from examples.members import tokens, uploads
from examples.members.extensions import csrf, db
from examples.members.language import LANGUAGES
from examples.members.models import Member

api = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(api)  # `know_caller` checks, as it depends on how the caller is known

caller = LocalProxy(lambda: g.api_caller)

MOST_PER_PAGE = 100


@api.before_request
def know_caller() -> None:
    """Find out who is asking; nobody unknown, and nobody unconfirmed, gets any further."""
    member = by_token() if "Authorization" in request.headers else by_session()
    if not member.is_confirmed:
        abort(403, "Confirm your e-mail address first.")
    g.api_caller = member


def by_token() -> Member:
    """Return whose token was sent."""
    sent = request.authorization
    member = None
    if sent is not None and sent.type == "bearer" and sent.token:
        member = tokens.by_api_token(sent.token)
    return member or abort(401, "This token is not valid. Make one at /account/api.")


def by_session() -> Member:
    """Return who is signed in in this browser."""
    if not current_user.is_authenticated:
        abort(401, "Send a token: Authorization: Bearer club_… Make one at /account/api.")
    csrf.protect()
    return current_user._get_current_object()


@api.after_request
def say_how(response):
    """Tell programs how to authenticate (RFC 9110, 11.6.1), and caches to keep nothing."""
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="members"'
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@api.get("/me")
def me():
    """Return who is asking."""
    return jsonify(as_data(caller))


@api.patch("/me")
def change_me():
    """Change name or language; other keys are refused."""
    sent = request.get_json()
    if not isinstance(sent, dict) or not sent.keys() <= {"name", "language"}:
        abort(400, "Send an object with 'name', 'language', or both.")
    if "name" in sent:
        caller.name = checked_name(sent["name"])
    if "language" in sent:
        if sent["language"] not in LANGUAGES:
            abort(400, f"'language' must be one of {', '.join(LANGUAGES)}.")
        caller.language = sent["language"]
    db.session.commit()
    return jsonify(as_data(caller))


def checked_name(name) -> str:
    """Return a name as it is kept."""
    name = name.strip() if isinstance(name, str) else ""
    if not 0 < len(name) <= 80 or not name.isprintable():
        abort(400, "'name' must be a text of 1 to 80 characters.")
    return name


@api.get("/files")
def files():
    """List the caller's files."""
    return jsonify(files=[file_data(each) for each in caller.uploads])


@api.post("/files")
def upload():
    """Take a file, sent as ``file`` in a form (multipart/form-data)."""
    sent = request.files.get("file")
    if sent is None:
        abort(400, "Send the file as 'file' in a multipart/form-data body.")
    try:
        kept = uploads.keep(caller, sent)
    except uploads.RefusedError as refused:
        abort(422, str(refused))
    data = file_data(kept)
    return jsonify(data), 201, {"Location": data["url"]}


@api.get("/files/<key>")
def file(key: str):
    """Send a file to its owner."""
    return uploads.send(uploads.of(caller, key) or abort(404, "You have no such file."))


@api.delete("/files/<key>")
def remove(key: str):
    """Remove a file."""
    uploads.remove(uploads.of(caller, key) or abort(404, "You have no such file."))
    return "", 204


@api.get("/members")
def members():
    """List members for an administrator, in pages."""
    if not caller.is_admin:
        abort(403, "Only administrators may list members.")
    page = max(request.args.get("page", 1, int), 1)
    per_page = min(max(request.args.get("per_page", 20, int), 1), MOST_PER_PAGE)
    found = select(Member).order_by(Member.id).limit(per_page).offset((page - 1) * per_page)
    return jsonify(
        members=[as_data(each) for each in db.session.scalars(found)],
        page=page,
        per_page=per_page,
        total=db.session.scalar(select(func.count(Member.id))),
    )


def as_data(member: Member) -> dict:
    """Say about a member what a program may know."""
    return {
        "id": member.id,
        "name": member.name,
        "email": member.email,
        "language": member.language,
        "is_admin": member.is_admin,
        "is_confirmed": member.is_confirmed,
        "joined_at": f"{member.joined_at:%Y-%m-%dT%H:%M:%SZ}",
    }


def file_data(upload) -> dict:
    """Say about a file what a program may know."""
    return {
        "key": upload.key,
        "name": upload.name,
        "type": upload.kind,
        "size": upload.size,
        "added_at": f"{upload.added_at:%Y-%m-%dT%H:%M:%SZ}",
        "url": url_for("api.file", key=upload.key, _external=True),
    }
