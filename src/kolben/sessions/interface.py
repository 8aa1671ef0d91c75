"""The interface between the request context and whatever keeps the sessions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kolben.stacks import _cv_request

from .mixin import NullSession

if TYPE_CHECKING:
    from kolben.app import Kolben
    from kolben.http import Request, Response

    from .mixin import SessionMixin


class SessionInterface:
    """Opens and saves the sessions of an app: ``app.session_interface = MyInterface()``.

    A subclass has at least `open_session` and `save_session`. Requests of one client may run at the
    same time, so a store behind it has to cope with that.
    """

    null_session_class: type[NullSession] = NullSession
    """Used where `open_session` returns None."""

    pickle_based: bool = False
    """Whether the sessions are pickled, for extensions that have to know."""

    opens_lazily: bool = False
    """Whether the request context may wait with `open_session` until somebody reads the session.
    False: it is called when the context is pushed, before the URL is matched, as in Flask."""

    blocks: bool = True
    """Whether opening or saving a session may wait for something (a disk, a network), so that it
    has to be kept off an event loop."""

    def make_null_session(self, app: Kolben) -> NullSession:
        """Make the session for when there can be none.

        Args:
            app: The app.

        Returns:
            An empty session that can be read, and that explains itself when it is written to.
        """
        return self.null_session_class()

    def is_null_session(self, obj: object) -> bool:
        """Tell whether an object is such a session; it is not saved then.

        Args:
            obj: A session.

        Returns:
            Whether it is an instance of `null_session_class`.
        """
        return isinstance(obj, self.null_session_class)

    def get_cookie_name(self, app: Kolben) -> str:
        """Give the cookie's name: ``SESSION_COOKIE_NAME``."""
        name: str = app.config["SESSION_COOKIE_NAME"]
        return name

    def get_cookie_domain(self, app: Kolben) -> str | None:
        """Give the cookie's ``Domain``: ``SESSION_COOKIE_DOMAIN``.

        Without one the browser sends the cookie to the very host that set it (RFC 6265, 4.1.2.3);
        with one, to its subdomains too.
        """
        domain: str | None = app.config["SESSION_COOKIE_DOMAIN"]
        return domain

    def get_cookie_path(self, app: Kolben) -> str:
        """Give the cookie's ``Path``: ``SESSION_COOKIE_PATH``, else ``APPLICATION_ROOT``."""
        path: str = app.config["SESSION_COOKIE_PATH"] or app.config["APPLICATION_ROOT"]
        return path

    def get_cookie_httponly(self, app: Kolben) -> bool:
        """Tell whether scripts can't read the cookie: ``SESSION_COOKIE_HTTPONLY``."""
        httponly: bool = app.config["SESSION_COOKIE_HTTPONLY"]
        return httponly

    def get_cookie_secure(self, app: Kolben) -> bool:
        """Tell whether the cookie is for HTTPS only: ``SESSION_COOKIE_SECURE``.

        With ``SECURE_DEFAULTS`` it is if the current request came by HTTPS.
        """
        secure: bool = app.config["SESSION_COOKIE_SECURE"]
        if not secure and app.config.get("SECURE_DEFAULTS"):
            context = _cv_request.get(None)
            return context is not None and context.request.is_secure
        return secure

    def get_cookie_samesite(self, app: Kolben) -> str | None:
        """Give the cookie's ``SameSite``, "Strict" or "Lax": ``SESSION_COOKIE_SAMESITE``.

        With ``SECURE_DEFAULTS`` it is "Lax" where that is not set.
        """
        samesite: str | None = app.config["SESSION_COOKIE_SAMESITE"]
        if samesite is None and app.config.get("SECURE_DEFAULTS"):
            return "Lax"
        return samesite

    def get_cookie_partitioned(self, app: Kolben) -> bool:
        """Tell whether each top-level site has its own cookie: ``SESSION_COOKIE_PARTITIONED``."""
        partitioned: bool = app.config["SESSION_COOKIE_PARTITIONED"]
        return partitioned

    def _cookie_options(self, app: Kolben) -> dict[str, Any]:
        """Collect what the cookie has besides name, value and time."""
        return {
            "domain": self.get_cookie_domain(app),
            "path": self.get_cookie_path(app),
            "secure": self.get_cookie_secure(app),
            "partitioned": self.get_cookie_partitioned(app),
            "samesite": self.get_cookie_samesite(app),
            "httponly": self.get_cookie_httponly(app),
        }

    def get_expiration_time(self, app: Kolben, session: SessionMixin) -> datetime | None:
        """Tell until when the browser keeps the cookie.

        Args:
            app: The app; ``app.permanent_session_lifetime`` counts from now.
            session: The session.

        Returns:
            A time in UTC, or None: until it is closed.
        """
        if session.permanent:
            return datetime.now(UTC) + app.permanent_session_lifetime
        return None

    def should_set_cookie(self, app: Kolben, session: SessionMixin) -> bool:
        """Tell whether the response has to set the cookie.

        Args:
            app: The app.
            session: A session that is not empty.

        Returns:
            True if it was changed; also if it is permanent, unless ``SESSION_REFRESH_EACH_REQUEST``
            is off.
        """
        return session.modified or (
            session.permanent and bool(app.config["SESSION_REFRESH_EACH_REQUEST"])
        )

    def needs_refresh(self, app: Kolben, request: Request) -> bool:
        """Tell whether a session nobody has opened must be opened and saved all the same.

        Asked at the end of a request, of an interface that opens lazily.

        Args:
            app: The app.
            request: The request.

        Returns:
            True if the response might have to set the cookie again, to keep a permanent session
            alive.
        """
        return False

    def open_session(self, app: Kolben, request: Request) -> SessionMixin | None:
        """Make the session of a request.

        Args:
            app: The app.
            request: The request; its URL may not be matched yet.

        Returns:
            A mapping with what `SessionMixin` has, or None where there can be no session.

        Raises:
            NotImplementedError: The subclass has no such method.
        """
        raise NotImplementedError

    def save_session(self, app: Kolben, session: Any, response: Response) -> None:
        """Store the session, and put into the response what brings it back.

        Called at the end of a request, unless the session is a null session.

        Args:
            app: The app.
            session: What `open_session` returned.
            response: The response.

        Raises:
            NotImplementedError: The subclass has no such method.
        """
        raise NotImplementedError
