"""Which language a visitor reads, and the catalogues for it.

What somebody chose wins: by the switch on the page (kept in the session), then in the profile,
then what the browser asks for (Accept-Language; RFC 9110, 12.5.4).
"""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import request, session
from flask_babel import get_locale
from flask_login import current_user

LANGUAGES = {"en": "English", "zh_Hans_CN": "简体中文"}
TAGS = {"en": "en", "zh_Hans_CN": "zh-Hans"}  # for <html lang> (BCP 47)
ASKED_FOR = {"en": "en", "zh": "zh_Hans_CN", "zh-Hans": "zh_Hans_CN", "zh-CN": "zh_Hans_CN"}
SESSION_KEY = "language"
CATALOGUES = Path(__file__).parent / "translations"


def select() -> str:
    """Choose the language of an answer; Flask-Babel asks once for each request."""
    chosen = session.get(SESSION_KEY)
    if chosen not in LANGUAGES and current_user and current_user.is_authenticated:
        chosen = current_user.language
    if chosen not in LANGUAGES:
        chosen = ASKED_FOR.get(request.accept_languages.best_match(list(ASKED_FOR)), "en")
    return chosen


def current() -> str:
    """Return the code of the language in use."""
    code = str(get_locale() or "en")
    return code if code in LANGUAGES else "en"


def compile_catalogues(target: Path) -> None:
    """Compile each ``.po`` whose ``.mo`` is missing in the folder, or older."""
    for source in CATALOGUES.glob("*/LC_MESSAGES/*.po"):
        compiled = target / source.relative_to(CATALOGUES).with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        compiled.parent.mkdir(parents=True, exist_ok=True)
        # A worker that starts at the same time sees the old file or the new one, never a part.
        draft = compiled.with_suffix(f".{os.getpid()}")
        with source.open("rb") as text, draft.open("wb") as file:
            write_mo(file, read_po(text))
        draft.replace(compiled)
