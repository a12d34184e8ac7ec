"""The port of a service, taken before the service says where it is."""

import errno
import socket
from typing import Any

# `localhost` often has an IPv6 address on a machine without IPv6.
NOT_HERE = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets on all addresses of a host, with one port; they do not listen yet.

    Port 0 is any that is free. Raises ValueError for one that cannot be had.
    """
    made: list[socket.socket] = []
    try:
        for family, address in _addresses(host):
            taken = made[0].getsockname()[1] if made else port
            if one := _bound(family, (address[0], taken, *address[2:])):
                made.append(one)
    except OSError as error:
        for each in made:
            each.close()
        if error.errno == errno.EADDRINUSE:
            raise ValueError(f"port {port} is taken; choose another with --port") from error
        raise ValueError(f"cannot listen on {shown(host)}:{port}: {error.strerror}") from error
    if not made:
        raise ValueError(f"{shown(host)} is no address of this machine; choose one with --host")
    return made


def shown(host: str) -> str:
    """A host as in a URL."""
    return f"[{host}]" if ":" in host else host


def _addresses(host: str) -> list[tuple[socket.AddressFamily, Any]]:
    found = socket.getaddrinfo(host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    return list(dict.fromkeys((each[0], each[4]) for each in found))


def _bound(family: socket.AddressFamily, address: Any) -> socket.socket | None:
    """One socket; None for an address that this machine does not have."""
    made = None
    try:
        made = socket.socket(family)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
    except OSError as error:
        if made is not None:
            made.close()
        if error.errno not in NOT_HERE:
            raise
        return None
    return made
