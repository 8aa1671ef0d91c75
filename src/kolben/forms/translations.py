"""The language of a form's messages: WTForms' own translations, and those of this room's."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from wtforms.i18n import DummyTranslations, get_translations

from kolben.globals import current_app

NOT_ALLOWED = "This type of file is not allowed. Allowed are: %(extensions)s"
TOO_LARGE = "This file is too large. It may have up to %(size)s."
TOO_SMALL = "This file is too small. It must have at least %(size)s."

# WTForms has no messages about files: the languages whose speakers have helped so far.
_MESSAGES: dict[str, dict[str, str]] = {
    "de": {
        NOT_ALLOWED: "Diese Art von Datei ist nicht erlaubt. Erlaubt sind: %(extensions)s",
        TOO_LARGE: "Diese Datei ist zu groß. Sie darf höchstens %(size)s haben.",
        TOO_SMALL: "Diese Datei ist zu klein. Sie muss mindestens %(size)s haben.",
    },
    "es": {
        NOT_ALLOWED: "Este tipo de archivo no está permitido. Se permiten: %(extensions)s",
        TOO_LARGE: "El archivo es demasiado grande. Puede tener hasta %(size)s.",
        TOO_SMALL: "El archivo es demasiado pequeño. Debe tener al menos %(size)s.",
    },
    "fr": {
        NOT_ALLOWED: "Ce type de fichier n'est pas autorisé. Sont autorisés : %(extensions)s",
        TOO_LARGE: "Ce fichier est trop volumineux. Il peut avoir jusqu'à %(size)s.",
        TOO_SMALL: "Ce fichier est trop petit. Il doit avoir au moins %(size)s.",
    },
    "zh": {
        NOT_ALLOWED: "不允许上传此类型的文件。允许的类型：%(extensions)s",  # noqa: RUF001  # Chinese
        TOO_LARGE: "文件太大，最大允许 %(size)s。",  # noqa: RUF001  # Chinese
        TOO_SMALL: "文件太小，至少需要 %(size)s。",  # noqa: RUF001  # Chinese
    },
}


class Translations:
    """Looks a message up here first, then in WTForms' catalogue.

    Args:
        locales: The languages, the best first, such as ``("zh_CN", "en")``.
    """

    def __init__(self, locales: tuple[str, ...]) -> None:
        language = locales[0].partition("_")[0]
        self._own = _MESSAGES.get(language, {})
        try:
            self._theirs: Any = get_translations(locales)
        except OSError:  # it has none for these languages
            self._theirs = DummyTranslations()

    def gettext(self, string: str) -> str:
        """Translate a message.

        Args:
            string: The English message.

        Returns:
            The translation, or the message itself.
        """
        found: str = self._own.get(string) or self._theirs.gettext(string)
        return found

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Translate a message that depends on a number.

        Args:
            singular: The English message for one.
            plural: The English message for other numbers.
            n: The number.

        Returns:
            The translation, or one of the two.
        """
        found: str = self._theirs.ngettext(singular, plural, n)
        return found


def find_translations(locales: Any) -> Translations | None:
    """Find the translations for a form.

    Args:
        locales: What its ``Meta`` says: languages, or False if it says nothing. Then the setting
            ``FORM_LOCALE`` decides: a language, or a function that returns the request's.

    Returns:
        The translations; None if nobody names a language.

    Raises:
        TypeError: A language is neither text nor anything whose text names one.
    """
    if locales is False or locales is None:
        locales = current_app.config.get("FORM_LOCALE")
        if callable(locales):
            locales = locales()
    if not locales:
        return None
    if not isinstance(locales, (list, tuple)):
        locales = (locales,)  # text, or a Locale of Babel's, whose text names it
    return _make_translations(tuple(str(locale).replace("-", "_") for locale in locales))


@lru_cache(maxsize=64)
def _make_translations(locales: tuple[str, ...]) -> Translations:
    """Load catalogues once for each combination of languages."""
    return Translations(locales)
