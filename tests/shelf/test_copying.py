"""Copies: complete, brought up to date, and never at the cost of somebody's changes."""

import hashlib
import json
from pathlib import Path

import pytest

from service.shelf import Shelf, ShelfError, compare, copy
from service.shelf.manifest import NAME


def files_in(folder: Path) -> dict[str, str]:
    """Every file below a folder, with its text."""
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_copy_is_a_pattern_with_its_tests(project: Path, shelf: Shelf) -> None:
    """Files, tests, what they share, the licence, and where all that came from."""
    copied = copy(["ttl"], project / "shop" / "caching", shelf=shelf)
    assert copied.package == "shop.caching"
    assert list(files_in(project)) == [
        "shop/__init__.py",
        "shop/caching/LICENSE.corral",
        "shop/caching/__init__.py",
        f"shop/caching/{NAME}",
        "shop/caching/tests/__init__.py",
        "shop/caching/tests/conftest.py",
        "shop/caching/tests/contract.py",
        "shop/caching/tests/test_doctests.py",
        "shop/caching/tests/test_ttl.py",
        "shop/caching/ttl.py",
    ]


def test_imports_name_the_project(project: Path, shelf: Shelf) -> None:
    """Nothing copied speaks of `service` any more; the pattern itself is copied as it is."""
    copy(["lease", "ttl"], project / "shop" / "caching", shelf=shelf)
    texts = files_in(project / "shop" / "caching")
    assert [name for name, text in texts.items() if "service.patterns" in text] == []
    assert "from shop.caching.lease import Lease, Wake\n" in texts["tests/fleet.py"]
    assert "from shop import caching as patterns\n" in texts["tests/test_doctests.py"]
    assert texts["ttl.py"] == (shelf.code / "ttl.py").read_text()


def test_a_top_level_folder_is_a_package(project: Path, shelf: Shelf) -> None:
    """One name, no dot."""
    assert copy(["ttl"], project / "patterns", shelf=shelf).package == "patterns"
    assert "\nimport patterns\n" in (project / "patterns/tests/test_doctests.py").read_text()
    assert copy(["ttl"], project / "caching", shelf=shelf).package == "caching"
    doctests = (project / "caching/tests/test_doctests.py").read_text()
    assert "\nimport caching as patterns\n" in doctests


@pytest.mark.parametrize(
    ("there", "to", "package"),
    [
        ([], "src/shop/caching", "shop.caching"),
        (["src/shop/__init__.py"], "src/shop/caching", "shop.caching"),
        (["shop/__init__.py"], "shop/deep/caching", "shop.deep.caching"),
        (["shop/readme"], "shop/caching", "caching"),
    ],
)
def test_the_package_is_what_python_finds(
    project: Path, shelf: Shelf, there: list[str], to: str, package: str
) -> None:
    """A folder without `__init__.py` that was there before is not made part of a package."""
    for name in there:
        (project / name).parent.mkdir(parents=True)
        (project / name).touch()
    assert copy(["ttl"], project / to, shelf=shelf).package == package
    top = (project / to).parents[package.count(".")]
    assert not (top / "__init__.py").exists()


def test_several_share_the_contract(project: Path, shelf: Shelf) -> None:
    """Together or one after the other, the outcome is the same."""
    copy(["ttl", "negative"], project / "a" / "caching", package="x", shelf=shelf)
    copy(["negative"], project / "b" / "caching", package="x", shelf=shelf)
    copy(["ttl"], project / "b" / "caching", shelf=shelf)
    assert files_in(project / "a") == files_in(project / "b")


def test_the_manifest_tells_source_version_and_sum(project: Path, shelf: Shelf) -> None:
    """Enough to know later whether a copy was changed, and what it was."""
    copy(["ttl"], project / "caching", shelf=shelf)
    found = json.loads((project / "caching" / NAME).read_text())
    assert (found["package"], found["patterns"]) == ("caching", ["ttl"])
    raw = (project / "caching" / "ttl.py").read_bytes()
    assert found["files"]["ttl.py"] == {
        "from": "service/patterns/ttl.py",
        "version": "0.1.0",
        "sha256": hashlib.sha256(raw).hexdigest(),
    }


def test_a_second_copy_changes_nothing(project: Path, shelf: Shelf) -> None:
    """Copying what is there already writes nothing."""
    copy(["ttl"], project / "caching", shelf=shelf)
    before = files_in(project)
    assert copy(["ttl"], project / "caching", shelf=shelf).written == ()
    assert files_in(project) == before


def test_an_old_copy_is_brought_up_to_date(
    project: Path, shelf: Shelf, next_version: Shelf
) -> None:
    """What nobody has changed may be replaced; what has not moved stays."""
    copy(["ttl", "negative"], project / "caching", shelf=shelf)
    assert copy(["ttl", "negative"], project / "caching", shelf=next_version).written == ("ttl.py",)
    assert (project / "caching" / "ttl.py").read_text().endswith("# newer\n")
    assert compare(project / "caching", next_version) == []


def test_a_changed_file_is_kept_while_nothing_newer_is_there(project: Path, shelf: Shelf) -> None:
    """Who adapts the fixtures to their servers can still copy the next pattern."""
    copy(["ttl"], project / "caching", shelf=shelf)
    mine = project / "caching" / "tests" / "conftest.py"
    mine.write_text("# mine\n")
    copied = copy(["negative"], project / "caching", shelf=shelf)
    assert copied.kept == ("tests/conftest.py",)
    assert mine.read_text() == "# mine\n"
    assert (project / "caching" / "negative.py").exists()


def test_a_changed_file_in_the_way_stops_everything(
    project: Path, shelf: Shelf, next_version: Shelf
) -> None:
    """It is named, and not one file is written; `force` is the way through."""
    copy(["ttl"], project / "caching", shelf=shelf)
    mine = project / "caching" / "ttl.py"
    mine.write_text("# mine\n")
    before = files_in(project)
    with pytest.raises(ShelfError, match=r"changed in .*: ttl\.py; --force writes over it"):
        copy(["negative", "ttl"], project / "caching", shelf=next_version)
    assert files_in(project) == before
    copy(["ttl"], project / "caching", shelf=next_version, force=True)
    assert mine.read_text().endswith("# newer\n")


def test_a_file_of_the_projects_own_is_in_the_way(project: Path, shelf: Shelf) -> None:
    """Also when it has never been a copy; an equal one is none."""
    (project / "caching").mkdir()
    (project / "caching" / "ttl.py").write_text("TTL_S = 3600\n")
    with pytest.raises(ShelfError, match=r"not from here: ttl\.py"):
        copy(["ttl"], project / "caching", shelf=shelf)
    assert list(files_in(project)) == ["caching/ttl.py"]
    (project / "caching" / "ttl.py").write_text((shelf.code / "ttl.py").read_text())
    copy(["ttl"], project / "caching", shelf=shelf)


def test_an_own_init_is_left_alone(project: Path, shelf: Shelf) -> None:
    """What the project exports from its package is not for a copy to touch."""
    (project / "caching").mkdir()
    (project / "caching" / "__init__.py").write_text("from .ttl import fixed\n")
    copy(["ttl"], project / "caching", shelf=shelf, force=True)
    assert (project / "caching" / "__init__.py").read_text() == "from .ttl import fixed\n"


@pytest.mark.parametrize("in_the_way", ["caching/ttl.py/x", "caching/tests"])
def test_a_failure_half_way_leaves_nothing(project: Path, shelf: Shelf, in_the_way: str) -> None:
    """A folder where a file should be, a file where a folder should: as it was before."""
    path = project / in_the_way
    path.parent.mkdir(parents=True)
    path.touch()
    before = sorted(project.rglob("*"))
    for force in (False, True):
        with pytest.raises((ShelfError, OSError)):
            copy(["negative", "ttl"], project / "caching", shelf=shelf, force=force)
        assert sorted(project.rglob("*")) == before


def test_wrong_wishes_change_nothing(project: Path, shelf: Shelf) -> None:
    """One unknown name among several, and a folder that no import can name."""
    with pytest.raises(ShelfError, match="no pattern 'tttl'"):
        copy(["negative", "tttl"], project / "caching", shelf=shelf)
    with pytest.raises(ShelfError, match="'my-caching' cannot be imported"):
        copy(["ttl"], project / "my-caching", shelf=shelf)
    assert list(project.iterdir()) == []
    assert copy(["ttl"], project / "my-caching", package="mine", shelf=shelf).package == "mine"
    with pytest.raises(ShelfError, match="are imported as mine"):
        copy(["ttl"], project / "my-caching", package="yours", shelf=shelf)


def test_without_its_tests_there_is_no_copy(project: Path, shelf: Shelf, tmp_path: Path) -> None:
    """An installation without the tests says so; its list works all the same."""
    alone = Shelf(shelf.code, tmp_path / "nowhere")
    assert alone.patterns["ttl"].definition == shelf.patterns["ttl"].definition
    with pytest.raises(ShelfError, match="tests are not in this installation"):
        copy(["ttl"], project / "caching", shelf=alone)


def test_each_copy_is_told_how_it_stands(project: Path, shelf: Shelf, next_version: Shelf) -> None:
    """Older, changed, both, missing: by file, with the lines; as it is: nothing."""
    folder = project / "caching"
    copy(["ttl", "negative", "generation"], folder, shelf=shelf)
    assert compare(folder, shelf) == []
    (folder / "negative.py").write_text("# mine\n")
    (folder / "tests" / "test_ttl.py").unlink()
    (next_version.code / "generation.py").unlink()
    (next_version.tests / "test_generation.py").unlink()
    later = Shelf(next_version.code, next_version.tests)
    found = compare(folder, later)
    states = {each.file: each.state for each in found}
    assert states == {
        "generation.py": "gone from the shelf",
        "negative.py": "changed here",
        "tests/test_generation.py": "gone from the shelf",
        "tests/test_ttl.py": "missing here",
        "ttl.py": "newer on the shelf",
    }
    assert {each.version for each in found} == {"0.1.0"}
    [ttl] = [each for each in found if each.file == "ttl.py"]
    assert "\n+# newer\n" in ttl.patch
    (folder / "ttl.py").write_text("# mine\n")
    [ttl] = [each for each in compare(folder, later) if each.file == "ttl.py"]
    assert ttl.state == "changed here, newer on the shelf"


def test_a_folder_without_copies_says_so(project: Path, shelf: Shelf) -> None:
    """And a manifest that was broken, too."""
    with pytest.raises(ShelfError, match="nothing was copied there"):
        compare(project, shelf)
    for text in ("{", "[]", '{"package": "x", "patterns": [], "files": {"a": 1}}'):
        (project / NAME).write_text(text)
        with pytest.raises(ShelfError, match="cannot be read"):
            compare(project, shelf)
