"""JSON web signatures, as ItsDangerous 2.0 made them."""

import pytest
from itsdangerous import BadHeader, BadPayload, BadSignature, SignatureExpired

from kolben.drop_in.legacy.jws import JSONWebSignatureSerializer, TimedJSONWebSignatureSerializer


def test_a_token_has_the_compact_form_and_can_be_read_again():
    serializer = JSONWebSignatureSerializer("secret")
    token = serializer.dumps({"id": 1})
    assert token.count(b".") == 2
    assert token.startswith(b"eyJhbGciOiJIUzUxMiJ9.eyJpZCI6MX0.")
    assert serializer.loads(token) == {"id": 1}
    assert serializer.loads(token.decode(), return_header=True) == ({"id": 1}, {"alg": "HS512"})


def test_the_signature_is_that_of_rfc_7515():
    import base64
    import hashlib
    import hmac

    token = JSONWebSignatureSerializer("secret", algorithm_name="HS256").dumps({"id": 1})
    signed, _, signature = token.rpartition(b".")
    expected = hmac.digest(b"secret", signed, hashlib.sha256)
    assert base64.urlsafe_b64decode(signature + b"==") == expected


@pytest.mark.parametrize("bad", ["", "x", "a.b", "a.b.c"])
def test_what_was_not_signed_is_refused(bad):
    with pytest.raises(BadSignature):
        JSONWebSignatureSerializer("secret").loads(bad)


def test_another_algorithm_is_refused():
    unsigned = JSONWebSignatureSerializer("secret", algorithm_name="none").dumps({"id": 1})
    with pytest.raises(BadSignature):
        JSONWebSignatureSerializer("secret").loads(unsigned)
    with pytest.raises(NotImplementedError, match="no algorithm 'RS256'; there are HS256"):
        JSONWebSignatureSerializer("secret", algorithm_name="RS256")


def test_a_signed_token_without_data_is_refused():
    serializer = JSONWebSignatureSerializer("secret")
    with pytest.raises(BadPayload):
        serializer.loads(serializer.make_signer().sign(b"nothing"))
    with pytest.raises(BadHeader):
        serializer.loads(serializer.make_signer().sign(b"bm8.bm8"))


def test_a_salt_keeps_purposes_apart():
    token = JSONWebSignatureSerializer("secret", salt="confirm").dumps(1)
    assert JSONWebSignatureSerializer("secret", salt="confirm").loads(token) == 1
    with pytest.raises(BadSignature):
        JSONWebSignatureSerializer("secret", salt="reset").loads(token)


def test_a_token_ends_with_its_time():
    serializer = TimedJSONWebSignatureSerializer("secret", 60)
    token = serializer.dumps({"confirm": 23})
    assert serializer.loads(token) == {"confirm": 23}
    serializer.now = lambda: 4_000_000_000
    with pytest.raises(SignatureExpired) as caught:
        serializer.loads(token)
    assert caught.value.payload == {"confirm": 23}
    assert caught.value.date_signed is not None


def test_a_token_without_a_time_is_refused():
    untimed = JSONWebSignatureSerializer("secret").dumps(1)
    with pytest.raises(BadSignature, match="Missing expiry date"):
        TimedJSONWebSignatureSerializer("secret").loads(untimed)


def test_an_unsafe_reading_says_whether_the_token_is_good():
    serializer = JSONWebSignatureSerializer("secret")
    token = serializer.dumps([1])
    assert serializer.loads_unsafe(token) == (True, [1])
    assert serializer.loads_unsafe(token[:-1] + b"!") == (False, [1])
    assert serializer.loads_unsafe("nothing") == (False, None)
    assert serializer.loads_unsafe("nothing", return_header=True) == (False, (None, None))
