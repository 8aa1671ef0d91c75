"""The JSON web signatures of ItsDangerous 2.0, by which tutorials confirm e-mail addresses.

The tokens have the compact form of RFC 7515, so those that were sent out before are still good.
For new code there is `itsdangerous.URLSafeTimedSerializer`, or a library for JWT.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, ClassVar

from itsdangerous import (
    BadData,
    BadHeader,
    BadPayload,
    BadSignature,
    Serializer,
    SignatureExpired,
    Signer,
)
from itsdangerous.encoding import base64_decode, base64_encode, want_bytes
from itsdangerous.signer import HMACAlgorithm, NoneAlgorithm, SigningAlgorithm

__all__ = ["JSONWebSignatureSerializer", "TimedJSONWebSignatureSerializer"]


class _CompactJSON:
    """JSON without spaces."""

    @staticmethod
    def loads(payload: str | bytes) -> Any:
        import json

        return json.loads(payload)

    @staticmethod
    def dumps(obj: Any, **kwargs: Any) -> str:
        import json

        return json.dumps(obj, ensure_ascii=False, separators=(",", ":"), **kwargs)


class JSONWebSignatureSerializer(Serializer[Any]):
    """Sign data so that it can be read by whoever has the token, and changed by nobody.

    Args:
        secret_key: The key.
        salt: Keeps tokens of different purposes apart; none by default.
        serializer: What has `dumps` and `loads`; JSON by default.
        serializer_kwargs: For its `dumps`.
        signer: The class that signs.
        signer_kwargs: For its constructor.
        algorithm_name: `HS256`, `HS384`, `HS512` or `none`.
    """

    jws_algorithms: ClassVar[Mapping[str, SigningAlgorithm]] = {
        "HS256": HMACAlgorithm(hashlib.sha256),
        "HS384": HMACAlgorithm(hashlib.sha384),
        "HS512": HMACAlgorithm(hashlib.sha512),
        "none": NoneAlgorithm(),
    }
    default_algorithm = "HS512"
    default_serializer: Any = _CompactJSON

    def __init__(
        self,
        secret_key: Any,
        salt: str | bytes | None = None,
        serializer: Any = None,
        serializer_kwargs: dict[str, Any] | None = None,
        signer: type[Signer] | None = None,
        signer_kwargs: dict[str, Any] | None = None,
        algorithm_name: str | None = None,
    ) -> None:
        super().__init__(
            secret_key,
            salt or b"",
            serializer=serializer,
            serializer_kwargs=serializer_kwargs,
            signer=signer,
            signer_kwargs=signer_kwargs,
        )
        self.salt: Any = None if salt is None else want_bytes(salt)
        self.algorithm_name = algorithm_name or self.default_algorithm
        self.algorithm = self.make_algorithm(self.algorithm_name)

    def load_payload(
        self, payload: bytes, serializer: Any = None, return_header: bool = False
    ) -> Any:
        """Read what was signed.

        Args:
            payload: Header and data, without the signature.
            serializer: What has `loads`; this object's own by default.
            return_header: Whether to return the header as well.

        Returns:
            The data, or the data and the header.

        Raises:
            BadHeader: The header is no JSON object.
            BadPayload: There is no data in it, or none that can be read.
        """
        head, dot, body = payload.partition(b".")
        if not dot:
            raise BadPayload('No "." found in value')
        try:
            header = _CompactJSON.loads(base64_decode(head))
        except (BadData, ValueError) as error:
            raise BadHeader(
                "Could not read the header of the token", original_error=error
            ) from error
        if not isinstance(header, dict):
            raise BadHeader("Header payload is not a JSON object", header=header)
        try:
            data = super().load_payload(base64_decode(body), serializer=serializer)
        except BadPayload:
            raise
        except BadData as error:
            raise BadPayload("Could not read the data", original_error=error) from error
        return (data, header) if return_header else data

    def dump_payload(self, header: Mapping[str, Any], obj: Any) -> bytes:  # type: ignore[override]
        """Return header and data as they are signed."""
        head = want_bytes(_CompactJSON.dumps(header, **self.serializer_kwargs))
        body = want_bytes(self.serializer.dumps(obj, **self.serializer_kwargs))
        return base64_encode(head) + b"." + base64_encode(body)

    def make_algorithm(self, algorithm_name: str) -> SigningAlgorithm:
        """Return the algorithm of a name.

        Raises:
            NotImplementedError: There is none.
        """
        try:
            return self.jws_algorithms[algorithm_name]
        except KeyError:
            raise NotImplementedError(
                f"no algorithm {algorithm_name!r}; there are {', '.join(self.jws_algorithms)}"
            ) from None

    def make_signer(self, salt: Any = None, algorithm: SigningAlgorithm | None = None) -> Any:
        """Return what signs."""
        salt = self.salt if salt is None else salt
        return self.signer(
            self.secret_keys,
            salt=b"" if salt is None else salt,
            sep=".",
            key_derivation="none" if salt is None else None,
            algorithm=algorithm or self.algorithm,
        )

    def make_header(self, header_fields: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the header of a token."""
        return {**(header_fields or {}), "alg": self.algorithm_name}

    def dumps(
        self, obj: Any, salt: Any = None, header_fields: Mapping[str, Any] | None = None
    ) -> Any:
        """Sign data.

        Args:
            obj: The data.
            salt: Instead of this object's own.
            header_fields: More for the header.

        Returns:
            The token, as ASCII bytes.
        """
        signer = self.make_signer(salt, self.algorithm)
        return signer.sign(self.dump_payload(self.make_header(header_fields), obj))

    def loads(  # type: ignore[override]  # the header comes along on demand
        self, s: str | bytes, salt: Any = None, return_header: bool = False
    ) -> Any:
        """Check a token and return its data.

        Args:
            s: The token.
            salt: Instead of this object's own.
            return_header: Whether to return the header as well.

        Returns:
            The data, or the data and the header.

        Raises:
            BadSignature: It was not signed with this key, or has no time though it should.
            BadHeader: It was signed with another algorithm, or its time is none.
            BadPayload: There is no data in it.
            SignatureExpired: Its time is over; `payload` has the data.
        """
        signed = self.make_signer(salt, self.algorithm).unsign(want_bytes(s))
        data, header = self.load_payload(signed, return_header=True)
        self._check_header(header, data)
        return (data, header) if return_header else data

    def _check_header(self, header: Mapping[str, Any], data: Any) -> None:
        """Raise what is wrong with the header of a token whose signature is good."""
        if header.get("alg") != self.algorithm_name:
            raise BadHeader("Algorithm mismatch", header=header, payload=data)

    def loads_unsafe(
        self, s: str | bytes, salt: Any = None, return_header: bool = False
    ) -> tuple[bool, Any]:
        """Return whether a token is good, and its data as far as it can be read."""
        try:
            return True, self.loads(s, salt, return_header)
        except BadSignature as error:
            if error.payload is not None:
                with suppress(BadPayload):
                    return False, self.load_payload(error.payload, return_header=return_header)
            return False, (None, None) if return_header else None


class TimedJSONWebSignatureSerializer(JSONWebSignatureSerializer):
    """Sign data for a time.

    Args:
        secret_key: The key.
        expires_in: For how many seconds a token is good.
        **kwargs: As for `JSONWebSignatureSerializer`.
    """

    DEFAULT_EXPIRES_IN = 3600

    def __init__(self, secret_key: Any, expires_in: int | None = None, **kwargs: Any) -> None:
        super().__init__(secret_key, **kwargs)
        self.expires_in = self.DEFAULT_EXPIRES_IN if expires_in is None else expires_in

    def make_header(self, header_fields: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the header of a token, with the times of its making and its end."""
        now = self.now()
        return {**super().make_header(header_fields), "iat": now, "exp": now + self.expires_in}

    def _check_header(self, header: Mapping[str, Any], data: Any) -> None:
        """Raise what is wrong with the header, or that its time is over."""
        super()._check_header(header, data)
        if "exp" not in header:
            raise BadSignature("Missing expiry date", payload=data)
        try:
            expires = int(header["exp"])
        except (TypeError, ValueError) as error:
            raise BadHeader("Invalid expiry date", payload=data, original_error=error) from error
        if expires < 0:
            raise BadHeader("Invalid expiry date", payload=data)
        if expires < self.now():
            raise SignatureExpired(
                "Signature expired", payload=data, date_signed=self.get_issue_date(header)
            )

    def get_issue_date(self, header: Mapping[str, Any]) -> datetime | None:
        """Return when a token was made, None where it does not say."""
        made = header.get("iat")
        if isinstance(made, int | float):
            return datetime.fromtimestamp(int(made), UTC)
        return None

    def now(self) -> int:
        """Return the seconds since 1970."""
        return int(time.time())
