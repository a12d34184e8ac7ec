"""Which copies have grown old, and which were changed."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.shelf.catalogue import Shelf
from service.shelf.errors import ShelfError
from service.shelf.manifest import NAME, read, sum_of
from service.shelf.parcel import parcel, with_neighbours


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that is not as the shelf has it now, why, and from which version it came."""

    file: str
    state: str
    version: str
    patch: str


def compare(folder: Path, shelf: Shelf | None = None) -> list[Difference]:
    """Every copied file in `folder` that differs from the shelf. Raises ShelfError."""
    shelf = shelf or Shelf()
    manifest = read(folder)
    if manifest is None:
        raise ShelfError(f"{folder} has no {NAME}: nothing was copied there")
    on_shelf = [name for name in sorted(manifest.patterns) if name in shelf.patterns]
    now = parcel(shelf, with_neighbours(shelf, on_shelf), manifest.package)
    found = []
    for name in sorted(manifest.files.keys() | now.keys()):
        origin = manifest.files.get(name)
        here = (folder / name).read_bytes() if (folder / name).is_file() else None
        there = now[name].text if name in now else None
        state = _state(origin.sha256 if origin else None, here, there)
        if state:
            patch = "".join(_patch(name, here or b"", there or b""))
            found.append(Difference(name, state, origin.version if origin else "-", patch))
    return found


def _state(copied: str | None, here: bytes | None, there: bytes | None) -> str:
    """In words; empty when the copy is as the shelf has it."""
    if copied is None:
        return "" if here == there else "new on the shelf"
    if here is None:
        return "missing here"
    if here == there:
        return ""
    is_changed = sum_of(here) != copied
    if there is None:
        return "changed here, gone from the shelf" if is_changed else "gone from the shelf"
    is_old = sum_of(there) != copied
    return {
        (True, True): "changed here, newer on the shelf",
        (True, False): "changed here",
        (False, True): "newer on the shelf",
    }[is_changed, is_old]


def _patch(name: str, here: bytes, there: bytes) -> Iterator[str]:
    old, new = (text.decode(errors="replace").splitlines(keepends=True) for text in (here, there))
    return difflib.unified_diff(old, new, f"here/{name}", f"shelf/{name}")
