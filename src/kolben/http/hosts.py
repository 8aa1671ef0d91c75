"""Which host a request was made to, and whether that can be (RFC 9110, 7.2; RFC 3986, 3.2.2).

Theory of operation: hosts that were found good are remembered, so an ordinary request pays for one
look into a set. Only a host that is its own result is kept there: then the answer depends neither
on the scheme nor on the server's name. The memory is bounded, a flood of invented hosts empties it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from werkzeug.exceptions import SecurityError
from werkzeug.sansio.utils import get_host as judge_host
from werkzeug.wsgi import get_host

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_REMEMBERED = 512
_LONGEST = 255  # of a name in the DNS (RFC 1035, 2.3.4); what is longer is not worth remembering

good_hosts: set[object] = set()
"""Hosts found good where any host is trusted, and pairs of a host and those that were trusted."""


# The ASCII part of RFC 3986's grammar; characters beyond ASCII are judged by their IDNA form.
# PERF bench imports/import, make an app: 6 → 0.3 ms to compile, with no range and no IGNORECASE
_possible = re.compile(
    r"(\[[0-9a-fA-F:.]+\]|(?:[\w.~!$&'()*+,;=%-]|[^\x00-\x7f])*)(:[0-9]*)?", re.ASCII
)


def check_host(environ: WSGIEnvironment, trusted_hosts: Collection[str] | None = None) -> str:
    """Find out and judge the host of a request.

    Args:
        environ: The WSGI environ.
        trusted_hosts: Names that are trusted, without ports, in any case; a leading dot means all
            subdomains too. ``None`` or empty: all are.

    Returns:
        The host with its port, if that is not the scheme's own. Empty if the request names none,
        or one that Werkzeug can't use in a URL (such as a name with an underscore).

    Raises:
        SecurityError: The host is not trusted, or cannot be one. It is a ``BadRequest`` (400).

    Differs from Flask: with Werkzeug 3.1.8 or newer Flask takes an impossible host for none. It
    refuses a trusted host in another case than the list's.
    """
    # PERF python -m bench.http_objects: check_host 910 → 95 ns
    host = environ.get("HTTP_HOST")
    key = (host, tuple(trusted_hosts)) if trusted_hosts else host
    if key in good_hosts:
        return host  # type: ignore[return-value]  # None is never remembered
    if host and trusted_hosts:
        found = find_trusted(environ["wsgi.url_scheme"], host, trusted_hosts)
    else:
        found = get_host(environ, trusted_hosts)
    if host and not (is_possible(host) if not found else has_good_labels(found)):
        raise SecurityError(
            f"The Host header says {host!r}, which cannot be a host's name (RFC 3986, 3.2.2);"
            " send a name, an address, or either with a port."
        )
    if found == host and len(found) <= _LONGEST and not found.endswith((":80", ":443")):
        if len(good_hosts) >= _REMEMBERED:
            good_hosts.clear()
        good_hosts.add(key)
    return found


def find_trusted(scheme: str, host: str, trusted_hosts: Collection[str]) -> str:
    """Judge a host by a list of trusted ones, without regard to case (RFC 9110, 4.2.3).

    Args:
        scheme: The scheme of the URL; its own port is left out.
        host: The value of a ``Host`` header.
        trusted_hosts: As for :func:`check_host`, but not empty.

    Returns:
        The host in the case in which it came.

    Raises:
        SecurityError: It is not trusted.
    """
    names = [trusted_hosts] if isinstance(trusted_hosts, str) else trusted_hosts
    judge_host(scheme, host.lower(), None, [name.lower() for name in names])
    return judge_host(scheme, host)


def has_good_labels(host: str) -> bool:
    """Tell whether a host's labels are neither empty nor too long (RFC 1035, 2.3.4).

    Args:
        host: An ASCII host, with its port or without; a dot may end it.
    """
    *labels, last = host.split(".")
    return all(0 < len(label) < 64 for label in labels) and len(last.partition(":")[0]) < 64


def is_possible(host: str) -> bool:
    """Tell whether some client could mean a host by this, be it one that Werkzeug can't use.

    Args:
        host: The value of a ``Host`` header.

    Returns:
        ``True`` for what RFC 3986 allows and for Unicode names with an IDNA form.
    """
    match = _possible.fullmatch(host)
    if match is None:
        return False
    name: str = match[1]
    if name.isascii():
        return True
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True
