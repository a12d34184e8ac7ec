"""Cursors hold what they were given, for one list, and nothing else passes."""

import base64
import random

import pytest

from service.feed import cursor as cursor_module
from service.feed.cursor import LONGEST, Cursors
from service.feed.errors import BadCursor

CURSORS = Cursors(b"a secret")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@pytest.mark.parametrize(
    "keys", [(1,), (2**53 - 1,), (0, 0), (-5, 2**53 - 1), (2**63 - 1, -(2**63))]
)
def test_what_is_put_in_comes_out(keys: tuple[int, ...]) -> None:
    """Also negative points and the largest numbers; the text is fit for a URL."""
    made = CURSORS.encode("list", *keys)
    assert keys == CURSORS.decode("list", made, keys=len(keys))
    assert set(made) <= set(ALPHABET)
    assert len(made) < LONGEST


def test_no_cursor_is_the_beginning() -> None:
    """None stays None."""
    assert CURSORS.decode("list", None, keys=1) is None


@pytest.mark.parametrize("keys", [1, 2])
def test_every_changed_character_is_noticed(keys: int) -> None:
    """Each character replaced by every other one, spare bits of the last one included."""
    made = CURSORS.encode("list", *range(1, keys + 1))
    for place, was in enumerate(made):
        for other in ALPHABET + "+/=! \n\u00e9":
            if other != was:
                with pytest.raises(BadCursor):
                    CURSORS.decode("list", made[:place] + other + made[place + 1 :], keys=keys)


@pytest.mark.parametrize("keys", [1, 2])
def test_every_flipped_bit_is_noticed(keys: int) -> None:
    """In the body and in the signature."""
    made = CURSORS.encode("list", *range(1, keys + 1))
    raw = base64.urlsafe_b64decode(made + "=" * (-len(made) % 4))
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadCursor):
            CURSORS.decode(
                "list", base64.urlsafe_b64encode(flipped).decode().rstrip("="), keys=keys
            )


def test_a_cursor_has_one_spelling() -> None:
    """Padding, line ends or signs of the other alphabet are not skipped over."""
    made = CURSORS.encode("list", 1)
    for other in (
        f"{made}=",
        f"{made}==",
        f"{made}\n",
        f" {made}",
        f"!{made}",
        made[:9] + "." + made[9:],
    ):
        with pytest.raises(BadCursor):
            CURSORS.decode("list", other, keys=1)


def test_a_cut_or_extended_cursor_is_refused() -> None:
    """At every length."""
    made = CURSORS.encode("list", 1)
    for length in range(len(made)):
        with pytest.raises(BadCursor):
            CURSORS.decode("list", made[:length], keys=1)
    for more in ("A", "AA", "AAAA", made, "A" * 10_000):
        with pytest.raises(BadCursor):
            CURSORS.decode("list", made + more, keys=1)


def test_junk_is_refused() -> None:
    """Whatever somebody types, at any length."""
    rng = random.Random(1)
    signs = [chr(code) for code in range(1, 400)]
    for length in range(300):
        with pytest.raises(BadCursor):
            CURSORS.decode("list", "".join(rng.choices(signs, k=length)), keys=1)


def test_a_cursor_of_another_list_is_refused() -> None:
    """Nor of the same list under another secret, nor one with other keys."""
    made = CURSORS.encode("users/ada/posts", 1)
    with pytest.raises(BadCursor):
        CURSORS.decode("users/adam/posts", made, keys=1)
    with pytest.raises(BadCursor):
        Cursors(b"another secret").decode("users/ada/posts", made, keys=1)
    with pytest.raises(BadCursor):
        CURSORS.decode("users/ada/posts", made, keys=2)
    assert CURSORS.decode("users/ada/posts", made, keys=1) == (1,)


def test_a_cursor_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that we signed ourselves, before an upgrade."""
    old = CURSORS.encode("list", 1)
    monkeypatch.setattr(cursor_module, "VERSION", 2)
    with pytest.raises(BadCursor, match="another version"):
        CURSORS.decode("list", old, keys=1)
