"""Sessions that are kept on the server; the client has only a signed id.

Theory of operation. The id is a random one of 256 bits, made when a session is first saved, and
never taken over from a client: an id that the store does not know opens an empty session, which
gets another id if anything is put into it (so nobody can plant one, CWE-384). A session that is
gone from the store when it is to be saved, because another request has destroyed or regenerated it
meanwhile, is not brought back. What is saved, and how concurrent requests get along, says
:mod:`kolben.sessions.changes`.

The cookie is ``KIND ID . SIGNATURE``, where the kind says whether the session is permanent. So a
request that doesn't look at its session asks the store for nothing, unless a permanent one has to
be kept alive. That of a transient one is set again when its kind changes, and when the session is
changed while the signature is by an older key: the change lets the session live on, so the cookie
must outlast that key.
"""

from __future__ import annotations

import hashlib
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import want_bytes

from .changes import Changes, Record, difference, pack, read_record, unpack, write_record
from .cookie import _vary_by_cookie, session_json_serializer
from .interface import SessionInterface
from .mixin import SessionMixin
from .opening import open_store

if TYPE_CHECKING:
    from cachelib.base import BaseCache

    from kolben.app import Kolben
    from kolben.http import Request, Response

    from .changes import Serializer
    from .store import SessionStore

_PERMANENT = "p"
_TRANSIENT = "s"
_ID_BYTES = 32


class ServerSession(dict[str, Any], SessionMixin):
    """A session that is kept on the server; it notices changes inside of its values too.

    Args:
        store: Where it is kept.
        serializer: What writes and reads its values.
        sid: Its id in the store, None if it is not there yet.
        record: What the store holds.

    Raises:
        ValueError: The record can't be read.
    """

    def __init__(
        self,
        store: SessionStore,
        serializer: Serializer = session_json_serializer,
        sid: str | None = None,
        record: Record | None = None,
    ) -> None:
        super().__init__(read_record(record or {}, serializer))
        self._store = store
        self._serializer = serializer
        self._sid = sid
        self._then = record or {}
        self._forced = False
        self._left = False
        #: Whether the client's cookie is signed with an older key.
        self._outdated = False
        self.new = sid is None

    @property
    def sid(self) -> str | None:
        """The id in the store; None until the session is first saved, and once it is destroyed."""
        return self._sid

    @property
    def modified(self) -> bool:
        """Whether there is anything to save, found by comparing with what was read.

        Setting it to True saves the session in any case, to False forgets the changes made so far.
        """
        return self._forced or self._left or self._now() != self._then

    @modified.setter
    def modified(self, value: bool) -> None:
        self._forced = bool(value)
        if not value:
            self._then = self._now()

    def _now(self) -> Record:
        """Write the content as a record."""
        return write_record(self, self._serializer)

    def regenerate(self) -> None:
        """Go on under another id; the old one is unusable at once.

        Call it when somebody signs in or gets other rights, so that an id which became known
        before is of no use (OWASP Session Management Cheat Sheet, "Renew the Session ID After Any
        Privilege Level Change"). The content stays, together with what other requests have saved
        meanwhile. If another request has destroyed the session, only what this request put into it
        stays.
        """
        if self._sid is None:
            return  # Its id is made when it is saved.
        now = self._now()
        held = unpack(self._store.take(self._sid)) or {}
        merged = difference(self._then, now).apply(held)
        for key in now.keys() - merged.keys():
            self.pop(key, None)
        # Values that stay the same stay the same objects: the caller may hold some.
        others = {key: text for key, text in merged.items() if now.get(key) != text}
        self.update(read_record(others, self._serializer))
        self._leave()

    def destroy(self) -> None:
        """Empty the session and remove it from the store; the id is unusable at once.

        Call it when somebody signs out. What is put into the session afterwards, a flash message
        for example, starts a new one.
        """
        if self._sid is not None:
            self._store.take(self._sid)
            self._leave()
        self.clear()

    def _leave(self) -> None:
        """Note that the id is gone: everything in the session is new from now on."""
        self._sid, self._then, self._left = None, {}, True


class ServerSessionInterface(SessionInterface):
    """Keeps sessions in a store on the server.

    Set it up with ``app.session_interface = ServerSessionInterface("redis://…")``. Only changes
    are saved, key by key, those inside of values included; requests of one client that run at the
    same time and change different keys lose nothing. The store is asked when a view first looks at
    the session, in the thread or task that serves the request, which waits for the answer. A
    session expires ``app.permanent_session_lifetime`` after its last change, a permanent one after
    the last request (with ``SESSION_REFRESH_EACH_REQUEST``).

    Args:
        store: A URL (``memory://``, ``file:///folder``, ``redis://…``, ``sqlite:///file.db`` …), a
            cachelib cache, or a `SessionStore`.
        serializer: Writes and reads each value, as text; tagged JSON by default. Nothing is
            pickled.

    Raises:
        ValueError: The URL is not understood.
        TypeError: ``store`` is none of these things.
        RuntimeError: A package that the store needs is not installed.
    """

    salt: str = "kolben-server-session"
    """Sets these signatures apart from others with the same secret key."""

    session_class: type[ServerSession] = ServerSession
    """The class of the sessions."""

    opens_lazily = True

    def __init__(
        self,
        store: str | BaseCache | SessionStore,
        serializer: Serializer = session_json_serializer,
    ) -> None:
        self.store = open_store(store)
        self.serializer = serializer

    def needs_refresh(self, app: Kolben, request: Request) -> bool:
        """Tell whether the request may carry a permanent session, and these are refreshed.

        Args:
            app: The app.
            request: The request.

        Returns:
            Whether to open and save the session, though nobody has looked at it.
        """
        if not app.config["SESSION_REFRESH_EACH_REQUEST"]:
            return False
        return request.cookies.get(self.get_cookie_name(app), "").startswith(_PERMANENT)

    def open_session(self, app: Kolben, request: Request) -> ServerSession | None:
        """Read the session whose id is in the cookie from the store.

        Args:
            app: The app.
            request: The request.

        Returns:
            The session; an empty one if there is no cookie, if it was tampered with, or if the
            store doesn't know the id, or no longer. None if there is no secret key.
        """
        signer = self._signer(app)
        if signer is None:
            return None
        cookie = request.cookies.get(self.get_cookie_name(app))
        if cookie:
            try:
                sid = signer.unsign(cookie).decode()[1:]
            except (BadSignature, UnicodeError):
                sid = ""
            record = unpack(self.store.read(sid)) if sid else None
            if record is not None:
                try:
                    session = self.session_class(self.store, self.serializer, sid, record)
                except ValueError:  # The app has changed its serializer.
                    pass
                else:
                    session._outdated = _is_outdated(signer, cookie)
                    return session
        return self.session_class(self.store, self.serializer)

    def save_session(self, app: Kolben, session: ServerSession, response: Response) -> None:
        """Save what has changed, and set, refresh or delete the cookie if need be.

        Args:
            app: The app.
            session: The session.
            response: Gets the cookie, and ``Vary: Cookie`` if it depends on it.

        Raises:
            TypeError: Something in the session can't be serialized.
        """
        if session.accessed:
            _vary_by_cookie(response)
        now = session._now()
        lifetime = max(1, int(app.permanent_session_lifetime.total_seconds()))
        if session._sid is None:
            self._save_new(app, session, now, lifetime, response)
        elif session._forced or now != session._then:
            self._save_changes(app, session, now, lifetime, response)
        elif self.should_set_cookie(app, session) and self.store.touch(session._sid, lifetime):
            self._set_cookie(app, session, response)

    def _save_new(
        self, app: Kolben, session: ServerSession, now: Record, lifetime: int, response: Response
    ) -> None:
        """Store a session under a new id; an empty one is not stored."""
        if now and (session._left or session._forced or now != session._then):
            self.store.sweep()
            sid = secrets.token_urlsafe(_ID_BYTES)
            self.store.change(sid, lambda _: pack(now), lifetime)
            session._sid, session._then = sid, now
            self._set_cookie(app, session, response)
        elif session._left:
            self._delete_cookie(app, response)

    def _save_changes(
        self, app: Kolben, session: ServerSession, now: Record, lifetime: int, response: Response
    ) -> None:
        """Carry the changes over to what the store holds by now, if it still holds anything."""
        changes = difference(session._then, now)
        held: Record | None = None

        def carry_over(text: str | None) -> str | None:
            nonlocal held
            held = _merge(text, changes)
            return pack(held) if held else None

        assert session._sid is not None
        self.store.change(session._sid, carry_over, lifetime)
        if held is None:
            return  # Another request has ended the session; its cookie must win.
        session._then = now
        permanence_changed = ("_permanent" in changes.changed) or ("_permanent" in changes.deleted)
        if not held:
            self._delete_cookie(app, response)
        elif session.permanent or permanence_changed or session._outdated:
            self._set_cookie(app, session, response)

    def _signer(self, app: Kolben) -> Signer | None:
        """Give what signs the id, with the app's keys of this moment; None without a secret key."""
        if not app.secret_key:
            return None
        # The newest key comes last, as itsdangerous wants it.
        keys = (*(app.config["SECRET_KEY_FALLBACKS"] or ()), app.secret_key)
        return _make_signer(keys, self.salt)

    def _set_cookie(self, app: Kolben, session: ServerSession, response: Response) -> None:
        """Tell the client the session's id."""
        signer = self._signer(app)
        if signer is None:
            raise RuntimeError(
                "the session's id can't be signed: app.secret_key was removed during the request"
            )
        kind = _PERMANENT if session.permanent else _TRANSIENT
        response.set_cookie(
            self.get_cookie_name(app),
            signer.sign(f"{kind}{session.sid}").decode(),
            expires=self.get_expiration_time(app, session),
            **self._cookie_options(app),
        )
        session._outdated = False
        _vary_by_cookie(response)

    def _delete_cookie(self, app: Kolben, response: Response) -> None:
        """Let the client forget the id."""
        response.delete_cookie(self.get_cookie_name(app), **self._cookie_options(app))
        _vary_by_cookie(response)


def _merge(text: str | None, changes: Changes) -> Record | None:
    """Make changes to what a store holds; None if it holds no session."""
    record = unpack(text)
    return None if record is None else changes.apply(record)


def _is_outdated(signer: Signer, cookie: str) -> bool:
    """Tell whether a good signature is not by the newest key, which has to last from now on."""
    return len(signer.secret_keys) > 1 and signer.sign(cookie.rpartition(".")[0]) != cookie.encode()


@lru_cache(maxsize=64)
def _make_signer(keys: tuple[str | bytes, ...], salt: str) -> Signer:
    """Make a signer (HMAC with SHA-256); usually one for each app."""
    return Signer(
        list(map(want_bytes, keys)), salt=salt, key_derivation="hmac", digest_method=hashlib.sha256
    )


class ServerSessions:
    """Keeps an app's sessions where its configuration says: ``ServerSessions(app)``.

    Args:
        app: The app; or call `init_app` later.
        store: The store, as `ServerSessionInterface` takes it; by default each app's
            ``SESSION_STORE``.

    Raises:
        RuntimeError: There is no ``SESSION_STORE``, or a package that it needs is not installed.
        ValueError: The URL is not understood.
    """

    def __init__(
        self, app: Kolben | None = None, store: str | BaseCache | SessionStore | None = None
    ) -> None:
        self._store = store
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Kolben) -> None:
        """Give an app its session interface.

        Args:
            app: The app, with ``SESSION_STORE`` in its configuration.

        Raises:
            RuntimeError: There is no ``SESSION_STORE``, or a package that it needs is not
            installed. ValueError: The URL is not understood.
        """
        store = self._store or app.config.get("SESSION_STORE")
        if not store:
            raise RuntimeError(
                "ServerSessions needs to know where to keep the sessions: set"
                " app.config['SESSION_STORE'] to a URL such as 'redis://127.0.0.1:6379/0', before"
                " init_app is called"
            )
        app.session_interface = ServerSessionInterface(store)
