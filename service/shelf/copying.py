"""Copying patterns into a project: all or nothing, and nobody's changes are written over."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from service.shelf.catalogue import Pattern, Shelf
from service.shelf.errors import ShelfError
from service.shelf.manifest import NAME, Manifest, Origin, corral_version, read, sum_of
from service.shelf.parcel import (
    Part,
    importable,
    inits,
    package_of,
    parcel,
    with_neighbours,
)


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy did; file names are relative to the folder."""

    package: str
    patterns: tuple[Pattern, ...]
    written: tuple[str, ...]
    kept: tuple[str, ...]  # changed in the project, and not changed on the shelf since


def copy(
    names: Sequence[str],
    folder: Path,
    *,
    package: str | None = None,
    force: bool = False,
    shelf: Shelf | None = None,
) -> Copied:
    """Copy patterns and their tests to `folder`, or bring earlier copies up to date.

    A file that was changed in the project is kept while the shelf has nothing newer, and is in the
    way when it has. Raises ShelfError, having written nothing, unless `force`.
    """
    shelf = shelf or Shelf()
    folder = folder.resolve()
    if folder.is_file():
        raise ShelfError(f"{folder} is a file")
    patterns = with_neighbours(shelf, names)
    manifest = _manifest(folder, package)
    parts = parcel(shelf, patterns, manifest.package)
    kept = [] if force else _kept(folder, parts, manifest)
    fresh = {name: part for name, part in parts.items() if name not in kept}
    written = {name: part for name, part in fresh.items() if _read(folder / name) != part.text}
    _note(manifest, patterns, fresh)
    _write(
        dict.fromkeys(inits(folder), b"")
        | {folder / name: part.text for name, part in written.items()}
        | {folder / NAME: manifest.text().encode()}
    )
    return Copied(manifest.package, tuple(patterns), tuple(written), tuple(kept))


def _manifest(folder: Path, package: str | None) -> Manifest:
    known = read(folder)
    if known is None:
        return Manifest(package_of(folder) if package is None else importable(package))
    if package not in {None, known.package}:
        # The copies that are there import each other by that name.
        raise ShelfError(f"the copies in {folder} are imported as {known.package}")
    return known


def _kept(folder: Path, parts: dict[str, Part], manifest: Manifest) -> list[str]:
    """Files that were changed and may stay so. Raises ShelfError for those in the way."""
    stay: list[str] = []
    in_the_way: list[str] = []
    for name, part in parts.items():
        here = _read(folder / name)
        origin = manifest.files.get(name)
        if here is None or here == part.text:
            continue
        if origin is None:
            in_the_way.append(name)
        elif sum_of(here) != origin.sha256:
            (stay if sum_of(part.text) == origin.sha256 else in_the_way).append(name)
    if in_the_way:
        them = "it" if len(in_the_way) == 1 else "them"
        raise ShelfError(
            f"changed in {folder}, or not from here: {', '.join(in_the_way)}; "
            f"--force writes over {them}"
        )
    return stay


def _note(manifest: Manifest, patterns: Sequence[Pattern], fresh: dict[str, Part]) -> None:
    manifest.patterns.update(pattern.name for pattern in patterns)
    for name, part in fresh.items():
        known = manifest.files.get(name)
        # A file that has not changed on the shelf keeps the version it came from.
        if known is None or known.sha256 != sum_of(part.text):
            manifest.files[name] = Origin(part.source, corral_version(), sum_of(part.text))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return None  # what is in the way of a file is found when it is written


def _write(files: dict[Path, bytes]) -> None:
    """Write all, or nothing: every file is ready under another name before the first is moved."""
    folders = [path for path in files if path.is_dir()]
    if folders:
        raise ShelfError(f"{folders[0]} is a folder")
    made: list[Path] = []
    staged: dict[Path, Path] = {}
    try:
        for path, text in files.items():
            for parent in reversed([path.parent, *path.parent.parents]):
                if not parent.exists():
                    parent.mkdir()
                    made.append(parent)
            staged[path] = path.with_name(f".{path.name}.new")
            staged[path].write_bytes(text)
    except BaseException as error:
        for ready in staged.values():
            ready.unlink(missing_ok=True)
        for parent in reversed(made):
            with contextlib.suppress(OSError):
                parent.rmdir()
        if isinstance(error, OSError):
            raise ShelfError(
                f"cannot write to {path.parent}: {error.strerror}; nothing was copied"
            ) from error
        raise
    for path, ready in staged.items():
        ready.replace(path)
