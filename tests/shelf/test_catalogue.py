"""What lies on the shelf, as it is read from the files."""

from pathlib import Path

import pytest

from service.shelf import Shelf, ShelfError
from service.shelf.catalogue import ALWAYS


def test_every_file_is_somebodys(shelf: Shelf) -> None:
    """No file of the shelf is left out, and none is in two patterns."""
    files = [file for pattern in shelf.patterns.values() for file in pattern.files]
    there = {path.relative_to(shelf.code).as_posix() for path in shelf.code.rglob("*.py")}
    assert sorted(files) == sorted(there - {"__init__.py"})


def test_every_test_is_somebodys(shelf: Shelf) -> None:
    """Each file of tests goes with one pattern, and each pattern has some."""
    tests = [test for pattern in shelf.patterns.values() for test in pattern.tests]
    there = {path.name for path in shelf.tests.glob("test_*.py")}
    assert sorted(tests) == sorted(there - set(ALWAYS))
    assert [pattern.name for pattern in shelf.patterns.values() if not pattern.tests] == []


def test_every_module_has_an_example(shelf: Shelf) -> None:
    """So that the doctests, which run those that there are, are all there."""
    modules = [path for path in shelf.code.rglob("*.py") if path.name != "__init__.py"]
    assert [path.name for path in modules if "\nUse" not in path.read_text()] == []


def test_every_pattern_says_what_it_is(shelf: Shelf) -> None:
    """In one line of a list, or two."""
    for pattern in shelf.patterns.values():
        assert 10 < len(pattern.definition) <= 110, pattern.name
        assert "\n" not in pattern.definition


def test_a_definition_is_the_first_sentence_after_the_name(shelf: Shelf) -> None:
    """The name is in the column beside it."""
    assert (
        shelf.patterns["lease"].definition
        == "one fill per key per fleet, fenced against invalidation"
    )
    assert shelf.patterns["single_flight"].definition.startswith("callers of one key share")


def test_tests_are_found_by_name_and_by_what_they_import(shelf: Shelf) -> None:
    """A test named for half of a pattern belongs to it all the same."""
    assert shelf.patterns["near_cache"].tests == ("test_near_cache.py", "test_near_push.py")
    assert "test_lease_waiting.py" in shelf.patterns["lease"].tests
    assert shelf.patterns["lease"].support == ("fleet.py",)


def test_most_tests_need_pytest_and_redis_alone(shelf: Shelf) -> None:
    """Only the outbox, which is nothing without a database, needs more."""
    needing = {
        name: pattern.packages for name, pattern in shelf.patterns.items() if pattern.packages
    }
    assert needing == {"outbox": ("asyncpg",)}


def test_a_wrong_name_gets_a_suggestion(shelf: Shelf) -> None:
    """What was probably meant, or where to look."""
    with pytest.raises(ShelfError, match="did you mean single_flight"):
        shelf.find("singleflight")
    with pytest.raises(ShelfError, match="corral patterns list"):
        shelf.find("memoize")


def test_a_test_of_two_patterns_brings_the_other(tmp_path: Path) -> None:
    """By its name it belongs to one; what it imports is copied, too."""
    code, tests = tmp_path / "code", tmp_path / "tests"
    for folder in (code, tests):
        folder.mkdir()
    for name in ("one", "two"):
        (code / f"{name}.py").write_text(f'"""{name.title()}: a thing. More."""\n')
    (tests / "test_one.py").write_text("if 1:\n    import third_party\nfrom .both import x\n")
    (tests / "both.py").write_text("from service.patterns.two import y\n")
    [one, two] = Shelf(code, tests).patterns.values()
    assert (one.definition, one.support, one.neighbours) == ("a thing", ("both.py",), ("two",))
    assert one.packages == ("third_party",)
    assert two.tests == ()
