"""kolben.sessions.mixin: what a session knows about itself."""

from __future__ import annotations

import copy
import pickle

import pytest

from kolben.sessions import NullSession, SecureCookieSession, SessionMixin

CHANGES = {
    "setitem": lambda s: s.__setitem__("b", 2),
    "delitem": lambda s: s.__delitem__("a"),
    "update": lambda s: s.update(b=2),
    "setdefault": lambda s: s.setdefault("b", 2),
    "pop": lambda s: s.pop("a"),
    "popitem": lambda s: s.popitem(),
    "clear": lambda s: s.clear(),
    "ior": lambda s: s.__ior__({"b": 2}),
    "permanent": lambda s: setattr(s, "permanent", True),
}
LOOKS = {
    "getitem": lambda s: s["a"],
    "get": lambda s: s.get("missing"),
    "contains": lambda s: "a" in s,
    "setdefault": lambda s: s.setdefault("a", 2),
    "pop missing": lambda s: s.pop("missing", None),
    "permanent": lambda s: s.permanent,
}


def test_a_new_session_is_neither_new_nor_modified_nor_accessed() -> None:
    session = SecureCookieSession({"a": 1})
    assert (session.new, session.modified, session.accessed) == (False, False, False)
    assert dict(session) == {"a": 1}
    assert dict(SecureCookieSession()) == {}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_noticed(change) -> None:
    session = SecureCookieSession({"a": 1})
    change(session)
    assert session.modified is True


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_a_look_is_no_change(look) -> None:
    session = SecureCookieSession({"a": 1})
    look(session)
    assert session.modified is False


@pytest.mark.parametrize("value", [True, False, 1, ""])
def test_permanent_is_an_item_of_the_session(value) -> None:
    session = SecureCookieSession()
    assert session.permanent is False
    session.permanent = value
    assert session == {"_permanent": bool(value)}
    assert session.permanent is bool(value)


@pytest.mark.parametrize("duplicate", [copy.copy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_session_can_be_copied_and_pickled(duplicate) -> None:
    twin = duplicate(SecureCookieSession({"a": 1}))
    assert (twin, type(twin)) == ({"a": 1}, SecureCookieSession)


def test_a_dict_with_the_mixin_is_a_session_that_is_always_saved() -> None:
    class Session(dict, SessionMixin):
        pass

    session = Session(a=1)
    session.permanent = True
    assert session == {"a": 1, "_permanent": True}
    assert session.modified is True


def test_a_null_session_reads_as_empty() -> None:
    session = NullSession()
    assert session.get("a") is None
    assert "a" not in session
    assert len(session) == 0


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_null_session_says_why_it_cannot_be_written_to(change) -> None:
    with pytest.raises(RuntimeError, match=r"session is unavailable .* Set app\.secret_key"):
        change(NullSession())
