"""Edge lists: what is read, what is skipped, and what a broken one says."""

import gzip
from pathlib import Path

import pytest

from service.seeding.edges import read_edges
from service.seeding.errors import SeedError
from service.seeding.loading import prepare
from service.seeding.sources import Graph
from tests.seeding.collecting import NOW, SHARED_DATA, Tables, collected, notes, users_of

REED = SHARED_DATA / "socfb-reed98" / "socfb-Reed98.edges"
SMALL_LIST = b"# a comment\n10 20\n20\t30  # another\n\n20 10\n30 30\r\n10 30\n"


def written(path: Path, content: bytes) -> Path:
    """A file with that content, packed when its name says so."""
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def follow_pairs(tables: Tables) -> set[tuple[str, str]]:
    """Who follows whom, by handle."""
    handles = {row["id"]: row["handle"] for row in tables["users"]}
    return {(handles[row["follower_id"]], handles[row["followee_id"]]) for row in tables["follows"]}


@pytest.mark.parametrize("name", ["edges.txt", "edges.txt.gz"])
def test_an_edge_is_two_follows(tmp_path: Path, name: str) -> None:
    """Undirected: both directions; duplicates (either way round) and loops counted and skipped."""
    edges = read_edges(Graph(written(tmp_path / name, SMALL_LIST)))
    assert {node: set(others) for node, others in edges.following.items()} == {
        10: {20, 30},
        20: {10, 30},
        30: {10, 20},
    }
    assert (edges.duplicates, edges.self_loops) == (1, 1)


def test_directed_edges_go_one_way(tmp_path: Path) -> None:
    """`a b` is a following b; who follows nobody is a user too."""
    path = written(tmp_path / "edges", b"1 2\n2 1\n3 1\n3 1\n1 4\n")
    edges = read_edges(Graph(path, directed=True))
    following = {node: set(others) for node, others in edges.following.items()}
    assert following == {1: {2, 4}, 2: {1}, 3: {1}, 4: set()}
    assert edges.duplicates == 1


def test_a_community_lives_on_the_graph(tmp_path: Path) -> None:
    """Users and follows are the file's; three nodes lend themselves to the demo accounts."""
    edges = "".join(f"0 {node}\n" for node in range(1, 60)) + "1 2\n"
    source = Graph(written(tmp_path / "star", edges.encode()))
    tables = collected(source)
    assert len(tables["users"]) == 60
    assert len(tables["follows"]) == 120
    assert [row["handle"] for row in tables["users"][:4]] == ["demo", "alice", "bob", "user3"]
    assert ("user7", "demo") in follow_pairs(tables)
    assert ("alice", "bob") in follow_pairs(tables)
    assert ("user7", "user8") not in follow_pairs(tables)
    assert (len(tables["posts"]), len(tables["comments"])) == (600, 3_600)
    assert notes(source)["nodes of the graph under a demo account's name"].startswith("demo is 0,")


def test_the_smallest_graph_is_enough(tmp_path: Path) -> None:
    """Two people who follow each other: nobody votes for themselves, what is left over is left."""
    tables = collected(Graph(written(tmp_path / "edges", b"0 1\n")))
    assert [row["handle"] for row in tables["users"]] == ["demo", "alice"]
    assert 0 < len(tables["post_votes"]) <= len(tables["posts"]) == 20


BROKEN = [
    ("empty", b"", 1, "the file is empty"),
    ("only_comments", b"# nothing\n# at all\n", 2, "without a single edge"),
    ("only_loops", b"1 1\n2 2\n", 2, "without a single edge"),
    ("one_number", b"1 2\n3\n", 2, "two whole numbers"),
    ("three_numbers", b"1 2\n2 3\n1 2 7\n", 3, "not '1 2 7'"),
    ("words", b"1 2\na b\n", 2, "not 'a b'"),
    ("fractions", b"1.5 2\n", 1, "not '1.5 2'"),
    ("negative", b"1 -2\n", 1, "not '1 -2'"),
    ("commas", b"1,2\n", 1, "not '1,2'"),
    ("other_digits", "1 ٣\n".encode(), 1, "two whole numbers"),
    ("endless", b"1 " + b"9" * 10_000 + b"\n", 1, "two whole numbers"),
    ("not_utf8", b"1 2\n1 3 # caf\xe9\n", 2, "not UTF-8"),
    ("not_packed.gz", b"", 1, "broken gzip"),
    ("cut_short.gz", b"", 3, "broken gzip"),
]


@pytest.mark.parametrize(("name", "content", "line", "what"), BROKEN, ids=[b[0] for b in BROKEN])
def test_a_broken_list_names_file_and_line(
    tmp_path: Path, name: str, content: bytes, line: int, what: str
) -> None:
    """The first wrong line is named, with what was expected."""
    path = tmp_path / name
    packed = gzip.compress(SMALL_LIST * 1_000)
    path.write_bytes({"not_packed.gz": b"1 2\n", "cut_short.gz": packed[:60]}.get(name, content))
    with pytest.raises(SeedError) as raised:
        prepare(Graph(path), seed=1, now=NOW)
    assert str(raised.value).startswith(f"{path}, line {line}")
    assert what in str(raised.value)


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    """No file, or a directory in its place: said with its path."""
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(SeedError, match=rf"{path}: cannot be read"):
            prepare(Graph(path), seed=1, now=NOW)


@pytest.mark.skipif(not REED.exists(), reason="the real graph is not in ../shared/data")
def test_the_real_graph_keeps_its_figures() -> None:
    """socfb-Reed98: 962 users, 18,812 edges, 39.1 each, at most 313."""
    degrees = [row["following_count"] for row in users_of(Graph(REED))]
    assert len(degrees) == 962
    assert sum(degrees) == 2 * 18_812
    assert max(degrees) == 313
    assert degrees[0] == 60
