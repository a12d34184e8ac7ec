"""Where PostgreSQL's store lies, and as whom the server runs there."""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from service.embedded.errors import EmbeddedError
from service.embedded.identity import (
    Identity,
    accounts,
    namespaced,
    objection,
    ourselves,
    unreachable,
)


@dataclass(frozen=True)
class Place:
    """`identity` runs `binaries/postgres` on the store in `data`."""

    identity: Identity
    data: Path
    binaries: Path


def find_place(
    home: Path, binaries: Path, *, as_root: Sequence[str], report: Callable[[str], None]
) -> Place:
    """Choose user and directory; as root try the ways in `as_root` (`namespace`, `account`)."""
    if os.geteuid() != 0:
        return Place(ourselves(), home / "postgres", binaries)
    ways = {"namespace": _in_namespace, "account": _as_account}
    reasons = []
    for way in as_root:
        try:
            place = ways[way](home, binaries)
        except OSError as error:
            reasons.append(f"{way}: {error}")
        else:
            if way == "account":
                report(f"PostgreSQL runs as {place.identity.title}, its data in {place.data}")
            return place
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and no way round that is open here "
        f"({'; '.join(reasons) or 'none was allowed'}). "
        "Run this as an ordinary user, or allow user namespaces or a change of user (setuid), "
        "or set DATABASE_URL and REDIS_URL to servers of yours."
    )


def _in_namespace(home: Path, binaries: Path) -> Place:
    identity = namespaced()
    needs = ((binaries / "postgres", os.X_OK), (home, os.R_OK | os.W_OK | os.X_OK))
    if said := objection(identity, lambda: unreachable(*needs)):
        raise OSError(said)
    return Place(identity, home / "postgres", binaries)


def _as_account(home: Path, binaries: Path) -> Place:
    reasons = []
    for identity in _accounts_for(home):
        try:
            folder = _folder(home, identity)
            reachable = _reachable_binaries(identity, binaries, folder)
        except OSError as error:
            reasons.append(f"{identity.title}: {error}")
        else:
            return Place(identity, folder / "postgres", reachable)
    raise OSError(", ".join(reasons))


def _accounts_for(home: Path) -> list[Identity]:
    """Accounts, the one that owns the store there already before the others."""
    folder = temporary_directory(home)
    data = None if folder is None else folder / "postgres"
    owner = data.stat().st_uid if data is not None and data.exists() else None
    return sorted(accounts(), key=lambda identity: identity.uid != owner)


def temporary_directory(home: Path) -> Path | None:
    """Directory outside `home` that an account's store needed; none in every other case."""
    note = home / "temporary-directory"
    if not note.exists():
        return None
    folder = Path(note.read_text())
    # Under /tmp a swept path can come back as somebody else's.
    ours = folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid == 0
    return folder if ours else None


def _folder(home: Path, identity: Identity) -> Path:
    """Directory that the account can pass through: the one in use, else a new one."""
    remembered = temporary_directory(home)
    bases = dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp"))  # noqa: S108 - public is meant
    said = ""
    for folder in [remembered] if remembered else map(Path, bases):
        said = _no_way_to(folder, identity)
        if not said:
            return remembered or _make_folder(home, folder)
    raise OSError(said)


def _no_way_to(folder: Path, identity: Identity) -> str:
    return objection(identity, lambda: unreachable((folder, os.X_OK)))


def _make_folder(home: Path, base: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="corral-", dir=base))
    folder.chmod(0o711)
    (home / "temporary-directory").write_text(str(folder))
    return folder


def _reachable_binaries(identity: Identity, binaries: Path, folder: Path) -> Path:
    """Give the binaries themselves when the account can reach them, else a copy in `folder`."""
    if not _refused(identity, binaries):
        return binaries
    wheel = binaries.parents[1]
    copied = folder / "wheel" / wheel.name
    if not copied.exists():
        _copy_wheel(wheel, copied)
    if said := _refused(identity, copied / "pginstall" / "bin"):
        raise OSError(said)
    return copied / "pginstall" / "bin"


def _refused(identity: Identity, binaries: Path) -> str:
    needs = [(binaries / name, os.X_OK) for name in ("postgres", "initdb")]
    needs += [(binaries.parent / name, os.R_OK | os.X_OK) for name in ("share", "lib")]
    return objection(identity, lambda: unreachable(*needs))


def _copy_wheel(wheel: Path, copied: Path) -> None:
    """Copy what the server needs, its bundled libraries beside it; the name says it is whole."""
    partial = copied.parents[1] / "partial"
    shutil.rmtree(partial, ignore_errors=True)
    skipped = shutil.ignore_patterns("include", "*.a", "pgxs", "__pycache__")
    for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        if folder.is_dir():
            shutil.copytree(folder, partial / folder.name, ignore=skipped)
    for path in (partial, *partial.rglob("*")):  # whatever the umask was when they were installed
        mode = path.stat().st_mode
        path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
    partial.rename(copied.parent)
