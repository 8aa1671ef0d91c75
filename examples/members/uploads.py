"""What may be uploaded, and where it lies.

A file's type is what its first bytes say; its name only has to agree. On the disk it is called by
a random key in its owner's folder, so nothing that somebody typed becomes a path.
"""

import uuid
from pathlib import Path, PurePosixPath

from flask import current_app, send_file
from flask_babel import gettext as _
from flask_babel import ngettext

from examples.members.extensions import db
from examples.members.models import Member, Upload

KINDS = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "application/pdf": (".pdf",),
    "text/plain": (".txt", ".md", ".csv"),
}
ENDINGS = tuple(ending for endings in KINDS.values() for ending in endings)
MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
LONGEST_NAME = 120


class RefusedError(ValueError):
    """A file may not be kept; the text says why, in the visitor's language."""


def kind_of(content: bytes) -> str | None:
    """Tell the type of a file by its bytes, or None if it is none that we keep."""
    for magic, kind in MAGIC:
        if content.startswith(magic):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return "text/plain" if is_text(content) else None


def is_text(content: bytes) -> bool:
    """Tell whether bytes are UTF-8 without control characters."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    return all(letter >= " " or letter in "\t\n\r\f" for letter in text)


def display_name(sent: str | None) -> str:
    """Return the last part of a file's name as it is shown, without anything that is no letter."""
    last = PurePosixPath((sent or "").replace("\\", "/")).name
    name = "".join(letter for letter in last if letter.isprintable()).strip(" .")
    stem, ending = PurePosixPath(name).stem, PurePosixPath(name).suffix
    return stem[: LONGEST_NAME - len(ending)] + ending if name else ""


def keep(owner: Member, file) -> Upload:
    """Keep an uploaded file.

    Args:
        owner: Whose it is.
        file: Werkzeug's `FileStorage`.

    Raises:
        RefusedError: It is too large, of a type that we don't keep, or one too many.
    """
    content = read(file)
    name, kind = display_name(file.filename), kind_of(content)
    if not name or kind is None:
        raise RefusedError(_("We keep pictures (PNG, JPEG, GIF, WebP), PDF and plain text."))
    if not name.lower().endswith(KINDS[kind]):
        raise RefusedError(
            _("The name ends in “%(end)s”, but this is %(kind)s.",
              end=PurePosixPath(name).suffix or name, kind=kind)
        )  # fmt: skip
    most = current_app.config["UPLOAD_MAX_FILES"]
    if len(owner.uploads) >= most:
        raise RefusedError(
            ngettext("You have %(num)d file, which is the most there may be.",
                     "You have %(num)d files, which is the most there may be.", most)
        )  # fmt: skip
    upload = Upload(key=uuid.uuid4().hex, name=name, kind=kind, size=len(content))
    owner.uploads.append(upload)
    db.session.flush()
    path = path_of(upload)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    try:
        db.session.commit()
    except Exception:
        path.unlink()
        raise
    return upload


def read(file) -> bytes:
    """Return a file's bytes, unless there are none or too many."""
    most = current_app.config["UPLOAD_MAX_BYTES"]
    content = file.stream.read(most + 1)
    if not content:
        raise RefusedError(_("This file is empty."))
    if len(content) > most:
        raise RefusedError(_("This file is larger than %(size)s.", size=human_size(most)))
    return content


def path_of(upload: Upload) -> Path:
    """Say where a file's bytes lie; both parts of the path are our own numbers."""
    return Path(current_app.config["UPLOADS"], str(upload.owner_id), upload.key)


def of(owner: Member, key: str) -> Upload | None:
    """Find a file by its key, if it belongs to this member."""
    return db.session.scalar(db.select(Upload).filter_by(key=key, owner_id=owner.id))


def send(upload: Upload):
    """Answer with a file: pictures to look at, anything else to be saved.

    It goes out as the type that we found, in a sandbox, and no cache on the way may keep it.
    """
    response = send_file(
        path_of(upload),
        mimetype=upload.kind,
        as_attachment=not upload.is_picture,
        download_name=upload.name,
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.cache_control.private = True
    return response


def remove(upload: Upload) -> None:
    """Remove a file: what cannot be found any more may lie a moment longer, not the other way."""
    path = path_of(upload)
    db.session.delete(upload)
    db.session.commit()
    path.unlink(missing_ok=True)


def human_size(size: int) -> str:
    """Say a size in bytes, kB or MB."""
    for limit, unit in ((1024 * 1024, "MB"), (1024, "kB")):
        if size >= limit:
            return f"{size / limit:.1f}".removesuffix(".0") + f" {unit}"
    return f"{size} B"
