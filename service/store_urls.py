"""URLs of the stores, looked at before anything connects to them.

What is wrong is said without the URL: there may be a password in any part of it.
"""

import re
from urllib.parse import SplitResult, parse_qs, urlsplit


def checked_postgres_url(url: str) -> str:
    """The URL of a PostgreSQL; one without a host names a socket. Raises ValueError."""
    # A driver may be named behind the scheme; we take our own.
    scheme = url.partition("://")[0].partition("+")[0]
    parts = _parts(url, is_known=scheme in {"postgresql", "postgres"}, wanted="postgresql://")
    if not parts.hostname and "host" not in parse_qs(parts.query):
        raise ValueError("names no host")
    return url


def checked_redis_url(url: str) -> str:
    """The URL of a Redis or Valkey, or of its socket. Raises ValueError."""
    scheme = url.partition("://")[0]
    known = scheme in {"redis", "rediss", "unix"}
    parts = _parts(url, is_known=known, wanted="redis://, rediss:// or unix://")
    if scheme == "unix":
        if not parts.path.strip("/"):
            raise ValueError("names no socket")
        return url
    if not parts.hostname:
        raise ValueError("names no host")
    if not re.fullmatch(r"/?\d*", parts.path):  # the client would take database 0 instead
        raise ValueError("ends in what is no number of a database")
    return url


def _parts(url: str, *, is_known: bool, wanted: str) -> SplitResult:
    if not is_known or "://" not in url:
        raise ValueError(f"must begin with {wanted}")
    if re.search(r"\s", url):
        raise ValueError("has a space in it")
    try:
        parts = urlsplit(url)
        is_right = parts.port != 0
    except ValueError:  # its words repeat the part that it could not read
        is_right = False
    if not is_right:
        raise ValueError("has a port or an address that is none") from None
    return parts
