"""URLs of the stores, looked at before anything connects to them.

What is wrong is said without the URL: there may be a password in any part of it.
"""

import re
from collections.abc import Set
from urllib.parse import SplitResult, parse_qs, urlsplit


def checked_postgres_url(url: str) -> str:
    """The URL of a PostgreSQL; one without a host names a socket. Raises ValueError."""
    # A driver may be named behind the scheme; we take our own.
    scheme, mark, rest = url.partition("://")
    without_driver = f"{scheme.partition('+')[0]}{mark}{rest}"
    parts = _parts(without_driver, {"postgresql", "postgres"}, wanted="postgresql://")
    if not parts.hostname and "host" not in parse_qs(parts.query):
        raise ValueError("names no host")
    return url


def checked_redis_url(url: str) -> str:
    """The URL of a Redis or Valkey, or of its socket. Raises ValueError."""
    parts = _parts(url, {"redis", "rediss", "unix"}, wanted="redis://, rediss:// or unix://")
    if parts.scheme == "unix":
        if not parts.path.strip("/"):
            raise ValueError("names no socket")
        return url
    if not parts.hostname:
        raise ValueError("names no host")
    if not re.fullmatch(r"/?\d*", parts.path):  # the client would take database 0 instead
        raise ValueError("must end in a database number")
    return url


def _parts(url: str, schemes: Set[str], wanted: str) -> SplitResult:
    scheme, mark, _ = url.partition("://")
    if not mark or scheme not in schemes:
        raise ValueError(f"must begin with {wanted}")
    if re.search(r"\s", url):
        raise ValueError("has a space in it")
    try:
        parts = urlsplit(url)
        is_right = parts.port != 0
    except ValueError:  # its words repeat the part that it could not read
        is_right = False
    if not is_right:
        raise ValueError("names an invalid host or port")
    return parts
