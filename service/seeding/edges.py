"""People and whom they follow from an edge list; what they write is made up."""

import re
from array import array
from dataclasses import dataclass
from datetime import datetime

from service.seeding.community import populated
from service.seeding.errors import SeedError
from service.seeding.graph import Following
from service.seeding.lines import numbered_lines
from service.seeding.people import DEMO_HANDLES
from service.seeding.rows import Dataset
from service.seeding.sources import Graph, Size

EDGE = re.compile(r"([0-9]{1,18})[ \t]+([0-9]{1,18})")
DEMO_FOLLOWING = 60


@dataclass(frozen=True)
class Edges:
    """An edge list: whom each node follows, and what was skipped."""

    following: dict[int, dict[int, None]]
    duplicates: int
    self_loops: int


def community_on_graph(source: Graph, *, seed: int, now: datetime) -> Dataset:
    """A site whose users and follows are those of the file, in the proportions of `small`."""
    edges = read_edges(source)
    nodes = _demo_first(edges)
    number_of = {node: number for number, node in enumerate(nodes)}
    following: Following = [
        array("i", [number_of[other] for other in edges.following[node]]) for node in nodes
    ]
    handles = [*DEMO_HANDLES, *(f"user{node}" for node in nodes[len(DEMO_HANDLES) :])]
    handles = handles[: len(nodes)]
    size = Size.of_users(len(nodes))
    dataset = populated(handles, following, size, seed=seed, now=now)
    demo = ", ".join(f"{h} is {n}" for h, n in zip(DEMO_HANDLES, nodes, strict=False))
    dataset.notes += [
        ("nodes of the graph under a demo account's name", demo),
        ("edges skipped because they were there already", f"{edges.duplicates:,}"),
        ("edges skipped because they lead from a node to itself", f"{edges.self_loops:,}"),
        ("everything besides users and follows", "made up"),
    ]
    return dataset


def read_edges(source: Graph) -> Edges:
    """Parse an edge list. Raises SeedError for a line that is none, and for a file without any."""
    following: dict[int, dict[int, None]] = {}
    duplicates = self_loops = line = 0
    for line, text in numbered_lines(source.path):
        edge = text.partition("#")[0].strip()
        if not edge:
            continue
        one, other = _parsed(source, line, edge)
        if one == other:
            self_loops += 1
        elif other in following.setdefault(one, {}):
            duplicates += 1
        else:
            following[one][other] = None
            back = following.setdefault(other, {})
            if not source.directed:
                back[one] = None
    if not following:
        raise SeedError.at(source.path, line, "the file ends without a single edge")
    return Edges(following, duplicates, self_loops)


def _parsed(source: Graph, line: int, edge: str) -> tuple[int, int]:
    match = EDGE.fullmatch(edge)
    if match is None:
        shown = edge if len(edge) <= 40 else edge[:40] + "…"
        raise SeedError.at(
            source.path, line, f"expected two whole numbers, `follower followee`, not {shown!r}"
        )
    return int(match[1]), int(match[2])


def _demo_first(edges: Edges) -> list[int]:
    """Nodes by id, after the three that follow nearest to sixty others."""
    nodes = sorted(edges.following)
    nearest = sorted(nodes, key=lambda node: abs(len(edges.following[node]) - DEMO_FOLLOWING))
    chosen = nearest[: len(DEMO_HANDLES)]
    return chosen + [node for node in nodes if node not in chosen]
