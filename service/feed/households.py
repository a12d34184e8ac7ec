"""Whose an address is: one customer's, however many of them they have."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

HOUSE_BITS = 64  # what one customer gets of IPv6: addresses within it are chosen at will
ADDRESSES_KEPT = 10_000


@lru_cache(maxsize=ADDRESSES_KEPT)
def household(address: str) -> str:
    """An address as it is counted: of IPv6 its network of 64 bits; what is none as it stands."""
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(IPv6Network((found, HOUSE_BITS), strict=False))
    return address if found is None else str(found)


def parsed(address: str) -> IPv4Address | IPv6Address | None:
    """An address; one of IPv4 in the clothes of IPv6 without them."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found
