"""Sessions in signed cookies: the default. Flask reads the cookies, and its cookies are read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from itsdangerous import BadData

from kolben.http.cookies import cookie_header, parse_cookies
from kolben.http.memory import Memory
from kolben.json.tag import TaggedJSONSerializer

from .cookie_header import set_cookie
from .interface import SessionInterface
from .mixin import SecureCookieSession
from .signing import SessionSerializer, may_hold

if TYPE_CHECKING:
    from collections.abc import Callable

    from itsdangerous import URLSafeTimedSerializer

    from kolben.app import Kolben
    from kolben.http import Request, Response

    from .mixin import SessionMixin

session_json_serializer = TaggedJSONSerializer()

# The serializers made so far, by all that they depend on: usually one for each app.
_serializers: dict[tuple[Any, ...], SessionSerializer] = {}
_KEPT = 64

# The longest Cookie header, in characters, of which is remembered whether it needs a refresh.
_LONGEST_REMEMBERED = 2048

# Whoever replaces one of these may want to see, or to save, sessions that no view has read.
_TELL_OF_EVERY_REQUEST = frozenset(
    {"open_session", "save_session", "should_set_cookie", "session_class"}
)


def _lazy_sha1(string: bytes = b"") -> Any:
    """Make a SHA-1 hash; ``hashlib.sha1`` is touched only now, not all builds of Python have it."""
    return hashlib.sha1(string)  # noqa: S324  # inside an HMAC it is sound, and Flask's format


class SecureCookieSessionInterface(SessionInterface):
    """Keeps the session in a cookie that is signed with the app's secret key, not encrypted.

    The attributes may be set on an instance or in a subclass. Where a session might be saved that
    nobody has read (a method or a session class of one's own), it is no longer opened lazily.
    """

    salt: str | bytes = "cookie-session"
    """Sets these signatures apart from others with the same secret key."""

    digest_method: Callable[..., Any] = staticmethod(_lazy_sha1)
    """The hash of the signature."""

    key_derivation: str = "hmac"
    """How itsdangerous makes the signing key of the secret key and the salt."""

    serializer: Any = session_json_serializer
    """Writes and reads the payload; has ``dumps`` and ``loads``."""

    session_class: type[SecureCookieSession] = SecureCookieSession
    """The class of the sessions."""

    opens_lazily = True
    blocks = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Open early if the subclass might do something with sessions that nobody reads."""
        super().__init_subclass__(**kwargs)
        if not _TELL_OF_EVERY_REQUEST.isdisjoint(vars(cls)):
            cls.opens_lazily = vars(cls).get("opens_lazily", False)
            cls.blocks = vars(cls).get("blocks", True)

    def __setattr__(self, name: str, value: Any) -> None:
        """Open early if this instance might do so."""
        super().__setattr__(name, value)
        if name in _TELL_OF_EVERY_REQUEST:
            self.opens_lazily = False
            self.blocks = True

    def get_signing_serializer(self, app: Kolben) -> URLSafeTimedSerializer | None:
        """Give what signs and reads the cookies.

        Args:
            app: The app; its ``secret_key`` signs, and with the configuration's
                ``SECRET_KEY_FALLBACKS`` older keys are accepted too. Both may change at any time.

        Returns:
            A serializer, or None if there is no secret key.
        """
        secret_key = app.secret_key
        if not secret_key:
            return None
        # The newest key comes last, as itsdangerous wants it.
        fallbacks = app.config["SECRET_KEY_FALLBACKS"]
        keys = (*fallbacks, secret_key) if fallbacks else (secret_key,)
        settings = (keys, self.salt, self.serializer, self.key_derivation, self.digest_method)
        # PERF bench session/serializer: 4.8 → 0.6 µs; keys are asked for each time, and may rotate
        try:
            return _serializers[settings]
        except KeyError:
            return _keep_serializer(settings)
        except TypeError:  # a key or a serializer that can't be hashed
            return _make_serializer(*settings)

    def needs_refresh(self, app: Kolben, request: Request) -> bool:
        """Tell whether the request may carry a permanent session, and these are refreshed.

        Args:
            app: The app.
            request: The request.

        Returns:
            Whether to open and save the session, though nobody has looked at it.
        """
        sent = cookie_header(request)
        if not sent or not app.config["SESSION_REFRESH_EACH_REQUEST"]:
            return False
        name = self.get_cookie_name(app)
        if name not in sent:
            return False
        if type(self.serializer) is not TaggedJSONSerializer:
            return bool(request.cookies.get(name))
        # PERF bench session read, the session unread: 4.3 → 0.9 µs; few sessions are permanent,
        # and a browser sends the same header again and again
        if len(sent) <= _LONGEST_REMEMBERED:
            return _may_be_permanent[sent, name]
        return _look_permanent((sent, name))

    def open_session(self, app: Kolben, request: Request) -> SecureCookieSession | None:
        """Read the session from the cookie.

        Args:
            app: The app.
            request: The request.

        Returns:
            The session; an empty one if there is no cookie, or if it was tampered with, is older
            than ``app.permanent_session_lifetime``, or can't be read. None if there is no secret
            key.

        Differs from Flask: a cookie that is signed but can't be read (the app has changed its
        format) is an empty session too, where Flask answers 500.
        """
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        if not cookie:
            return self.session_class()
        lifetime = app.permanent_session_lifetime
        max_age = lifetime.days * 86400 + lifetime.seconds
        try:
            return self.session_class(serializer.loads(cookie, max_age=max_age))
        except BadData:
            return self.session_class()

    def save_session(self, app: Kolben, session: SessionMixin, response: Response) -> None:
        """Set, refresh or delete the cookie, whichever the session needs.

        Args:
            app: The app.
            session: The session.
            response: Gets the cookie, and ``Vary: Cookie`` if it depends on it.

        Raises:
            TypeError: Something in the session can't be serialized.
        """
        if session.accessed:
            _vary_by_cookie(response)
        if not session:
            if session.modified:
                response.delete_cookie(self.get_cookie_name(app), **self._cookie_options(app))
                _vary_by_cookie(response)
        elif self.should_set_cookie(app, session):
            self._set_cookie(app, session, response)
            _vary_by_cookie(response)

    def _set_cookie(self, app: Kolben, session: SessionMixin, response: Response) -> None:
        """Sign the session and set the cookie."""
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            raise RuntimeError(
                "the session can't be signed: app.secret_key was removed during the request"
            )
        name = self.get_cookie_name(app)
        value = serializer.dumps(dict(session))
        expires = self.get_expiration_time(app, session)
        set_cookie(response, name, value, expires, self._cookie_options(app))
        limit = response.max_cookie_size
        if limit and len(value) > limit // 2:
            size = len(response.headers.getlist("Set-Cookie")[-1])
            if size > limit:
                _log_too_large(app, name, size, limit, session)


def _look_permanent(key: tuple[str, str]) -> bool:
    """Tell whether a Cookie header's session, in the cookie of that name, may be permanent."""
    header, name = key
    cookie = parse_cookies(header).get(name)
    return cookie is not None and cookie != "" and may_hold(cookie, b"_permanent")


_may_be_permanent = Memory(_look_permanent, limit=256)


def _make_serializer(
    keys: tuple[str | bytes, ...],
    salt: str | bytes,
    serializer: Any,
    key_derivation: str,
    digest_method: Callable[..., Any],
) -> SessionSerializer:
    """Make a serializer."""
    return SessionSerializer(
        list(keys),
        salt=salt,
        serializer=serializer,
        signer_kwargs={"key_derivation": key_derivation, "digest_method": digest_method},
    )


def _keep_serializer(settings: tuple[Any, ...]) -> SessionSerializer:
    """Make a serializer and keep it; where keys rotate endlessly, the old ones go."""
    if len(_serializers) >= _KEPT:
        _serializers.clear()
    made = _serializers[settings] = _make_serializer(*settings)
    return made


def _vary_by_cookie(response: Response) -> None:
    """Let caches know that the response depends on the cookie."""
    headers = response.headers
    pairs = headers._list
    for name, value in pairs:
        if len(name) == 4 and name.lower() == "vary":
            if value != "Cookie":
                response.vary.add("Cookie")
            return
    pairs.append(("Vary", "Cookie"))  # PERF bench session read: 0.9 µs less than by headers.add()


def _log_too_large(app: Kolben, name: str, size: int, limit: int, session: SessionMixin) -> None:
    """Say that browsers will ignore the cookie, and what to do."""
    app.logger.warning(
        "The %r cookie is too large: it has %d bytes, browsers ignore cookies of more than %d"
        " (MAX_COOKIE_SIZE), so the session is lost. Keep less in it (keys: %s): store the data on"
        " the server and only its id in the session, or use a server-side session interface.",
        name,
        size,
        limit,
        ", ".join(map(str, session)),
    )
