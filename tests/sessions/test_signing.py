"""kolben.sessions.signing: itsdangerous' cookies, byte for byte and error for error."""

from __future__ import annotations

import hashlib
import hmac
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import (
    BadData,
    BadPayload,
    SignatureExpired,
    Signer,
    TimestampSigner,
    URLSafeTimedSerializer,
)

from kolben.sessions import session_json_serializer
from kolben.sessions.signing import PrimedHMAC, SessionSerializer, compress, may_hold

KEYS = ["oldest", "older", "newest"]
HASHES = [hashlib.sha1, hashlib.sha256, hashlib.sha3_256, hashlib.blake2s]


class FixedTime:
    """A signer's clock that stands still."""

    now = 1_700_000_000

    def get_timestamp(self) -> int:
        return self.now


def make(cls, keys=KEYS, **options):
    """A serializer as an app has it, with a fixed clock."""
    options.setdefault("key_derivation", "hmac")
    options.setdefault("digest_method", hashlib.sha1)
    signer = type("Fixed", (FixedTime, cls.default_signer), {})
    return cls(
        list(keys),
        salt="cookie-session",
        serializer=session_json_serializer,
        signer=signer,
        signer_kwargs=options,
    )


OURS, THEIRS = make(SessionSerializer), make(URLSafeTimedSerializer)

sessions = st.dictionaries(
    st.text(max_size=8),
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.text(alphabet="ab", min_size=40)
    | st.binary()
    | st.tuples(st.integers(), st.text())
    | st.lists(st.integers()),
    max_size=8,
)


@given(sessions)
def test_the_cookie_is_the_one_that_itsdangerous_makes(session) -> None:
    cookie = OURS.dumps(session)
    assert cookie == THEIRS.dumps(session)
    assert OURS.loads(cookie, max_age=10) == THEIRS.loads(cookie, max_age=10) == session


@pytest.mark.parametrize("digest", HASHES)
@pytest.mark.parametrize("derivation", ["concat", "django-concat", "hmac", "none"])
def test_every_hash_and_key_derivation_gives_the_same_cookie(digest, derivation) -> None:
    options = {"digest_method": digest, "key_derivation": derivation}
    cookie = make(SessionSerializer, **options).dumps({"a": 1})
    assert cookie == make(URLSafeTimedSerializer, **options).dumps({"a": 1})
    assert make(SessionSerializer, **options).loads(cookie) == {"a": 1}


@pytest.mark.parametrize("key", KEYS)
def test_cookies_of_every_key_are_read(key) -> None:
    assert OURS.loads(make(URLSafeTimedSerializer, [key]).dumps({"a": 1})) == {"a": 1}


def test_the_last_key_signs() -> None:
    assert make(URLSafeTimedSerializer, ["newest"]).loads(OURS.dumps({"a": 1})) == {"a": 1}


def outcome(serializer, cookie, **options) -> tuple[str, str]:
    """What is read, or how it fails."""
    try:
        return "value", repr(serializer.loads(cookie, **options))
    except BadData as error:
        return type(error).__name__, str(error)


GOOD = THEIRS.dumps({"user": "somebody"})
SIGNER = THEIRS.make_signer()
WRONG = {
    "empty": "",
    "no dots": "abc",
    "dots only": "..",
    "no signature": GOOD.rpartition(".")[0],
    "cut short": GOOD[:-1],
    "longer": GOOD + "A",
    "padded": GOOD + "=",
    "other payload": "x" + GOOD,
    "other time": GOOD.replace(".", ".A", 1),
    "not ASCII": GOOD + "ä",
    "other key": make(URLSafeTimedSerializer, ["strange"]).dumps({"a": 1}),
    "no time": Signer(KEYS[-1], "cookie-session", key_derivation="hmac").sign("abc").decode(),
    "no time, dots": Signer(KEYS[-1], "cookie-session", key_derivation="hmac").sign(".b").decode(),
    "long time": Signer(KEYS[-1], "cookie-session", key_derivation="hmac")
    .sign("e30.AAAAAAAAAAAAAAAA")
    .decode(),
    "no base64": SIGNER.sign("a").decode(),
    "no JSON": SIGNER.sign("YWJj").decode(),
    "no UTF-8": SIGNER.sign("_w").decode(),
    "not compressed": SIGNER.sign(".YWJj").decode(),
}


@pytest.mark.parametrize("cookie", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("max_age", [None, 10])
def test_a_wrong_cookie_fails_as_with_itsdangerous(cookie, max_age) -> None:
    result = outcome(OURS, cookie, max_age=max_age)
    assert result == outcome(THEIRS, cookie, max_age=max_age)
    assert result[0] != "value" or cookie.startswith(GOOD)


@given(st.integers(0, len(GOOD) - 1), st.characters(max_codepoint=255))
def test_one_character_changed_is_judged_as_by_itsdangerous(place, character) -> None:
    cookie = GOOD[:place] + character + GOOD[place + 1 :]
    assert outcome(OURS, cookie, max_age=10) == outcome(THEIRS, cookie, max_age=10)


@pytest.mark.parametrize(("age", "read"), [(0, True), (10, True), (11, False), (-1, False)])
def test_a_cookie_is_read_from_now_until_max_age(monkeypatch, age, read) -> None:
    cookie = OURS.dumps({"a": 1})
    monkeypatch.setattr(FixedTime, "now", FixedTime.now + age)
    assert OURS.loads(cookie) == {"a": 1}
    assert (outcome(OURS, cookie, max_age=10)[0] == "value") is read
    assert outcome(OURS, cookie, max_age=10) == outcome(THEIRS, cookie, max_age=10)


def test_an_expired_cookie_is_a_signature_expired(monkeypatch) -> None:
    cookie = OURS.dumps({"a": 1})
    monkeypatch.setattr(FixedTime, "now", FixedTime.now + 100)
    with pytest.raises(SignatureExpired, match="100 > 10"):
        OURS.loads(cookie, max_age=10)


def test_the_rest_of_itsdangerous_interface_works() -> None:
    cookie = OURS.dumps({"a": 1})
    value, moment = OURS.loads(cookie, return_timestamp=True)
    assert (value, moment.timestamp()) == ({"a": 1}, FixedTime.now)
    assert OURS.loads_unsafe(cookie + "x") == (False, {"a": 1})
    salted = OURS.dumps({"a": 1}, salt="other")
    assert salted == THEIRS.dumps({"a": 1}, salt="other")
    assert OURS.loads(salted, salt="other") == {"a": 1}
    with pytest.raises(BadData):
        OURS.loads(salted)


def test_a_serializer_that_writes_bytes_works() -> None:
    class Bytes:
        def dumps(self, obj):
            return json.dumps(obj).encode()

        def loads(self, data):
            return json.loads(data)

    serializer = SessionSerializer("key", serializer=Bytes())
    cookie = serializer.dumps({"a": 1})
    assert isinstance(cookie, bytes)
    assert serializer.loads(cookie) == {"a": 1}


def test_an_error_of_the_serializer_is_a_bad_payload() -> None:
    class Failing:
        def dumps(self, obj):
            return "{}"

        def loads(self, text):
            raise LookupError("no such format")

    serializer = SessionSerializer("key", serializer=Failing())
    with pytest.raises(BadPayload) as caught:
        serializer.loads(serializer.dumps({}))
    assert isinstance(caught.value.original_error, LookupError)


# What is remembered


def test_a_cookie_that_came_before_gives_a_fresh_value_each_time() -> None:
    serializer = make(SessionSerializer)
    cookie = serializer.dumps({"list": [1]})
    serializer.loads(cookie)["list"].append(2)
    assert serializer.loads(cookie) == {"list": [1]}
    assert serializer.loads(cookie.encode()) == {"list": [1]}


def test_a_cookie_that_came_before_expires(monkeypatch) -> None:
    serializer = make(SessionSerializer)
    cookie = serializer.dumps({"a": 1})
    assert serializer.loads(cookie, max_age=10) == {"a": 1}
    monkeypatch.setattr(FixedTime, "now", FixedTime.now + 11)
    with pytest.raises(SignatureExpired):
        serializer.loads(cookie, max_age=10)


def test_only_good_cookies_are_remembered() -> None:
    serializer = make(SessionSerializer)
    for cookie in WRONG.values():
        outcome(serializer, cookie)
    assert all(outcome(THEIRS, known)[0] != "BadSignature" for known in serializer._remembered)
    assert WRONG["other key"] not in serializer._remembered


def test_few_and_small_cookies_are_remembered() -> None:
    serializer = make(SessionSerializer)
    for number in range(300):
        assert serializer.loads(serializer.dumps({"n": number})) == {"n": number}
        assert len(serializer._remembered) <= 128
    large = serializer.dumps({"text": "x" * 3000})
    assert serializer.loads(large) == {"text": "x" * 3000}
    assert large not in serializer._remembered


# HMAC, compression


@given(st.binary(max_size=200), st.binary(max_size=200), st.sampled_from(HASHES))
def test_the_hmac_is_that_of_the_standard_library(key, message, digest) -> None:
    algorithm = PrimedHMAC(digest)
    expected = hmac.new(key, message, digest).digest()
    assert algorithm.get_signature(key, message) == expected
    assert algorithm.get_signature(key, message) == expected
    assert algorithm.verify_signature(key, message, expected)


def test_the_hmac_is_by_default_itsdangerous_own() -> None:
    assert PrimedHMAC().get_signature(b"k", b"m") == hmac.new(b"k", b"m", "sha1").digest()


@given(
    st.binary(max_size=300)
    | st.text(alphabet='0123456789,"', max_size=500).map(str.encode)
    | st.tuples(st.binary(min_size=1, max_size=20), st.integers(1, 400)).map(lambda p: p[0] * p[1])
)
def test_compression_gives_the_bytes_of_zlib(data) -> None:
    assert compress(data) == zlib.compress(data)


@pytest.mark.parametrize("size", [0, 1, 3833, 3834, 3835, 10_000])
def test_compression_gives_the_bytes_of_zlib_at_every_size(size) -> None:
    text = json.dumps({f"key {n}": n * 7919 % 1000 for n in range(size // 8)}).encode()
    data = text.ljust(size, b"x")[:size]
    assert compress(data) == zlib.compress(data)


@pytest.mark.parametrize(
    ("session", "holds"),
    [
        ({"a": 1}, False),
        ({"_permanent": True}, True),
        ({"a": "x" * 300}, True),  # compressed: it may
        ({"ä>?": "~~~", "_permanent": 1}, True),
    ],
)
def test_a_word_is_found_without_verifying(session, holds) -> None:
    assert may_hold(OURS.dumps(session), b"_permanent") is holds


@pytest.mark.parametrize("cookie", ["a", "ä", "%%%", "a.b.c"])
def test_what_is_no_session_cookie_holds_no_word(cookie) -> None:
    assert may_hold(cookie, b"_permanent") is False


def test_a_custom_algorithm_is_kept() -> None:
    class Constant(PrimedHMAC):
        def get_signature(self, key, value):
            return b"constant"

    signer = SessionSerializer("k", signer_kwargs={"algorithm": Constant()}).make_signer()
    assert isinstance(signer, TimestampSigner)
    assert signer.get_signature(b"anything") == b"Y29uc3RhbnQ"
