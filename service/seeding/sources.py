"""Where the data comes from, as values."""

from dataclasses import dataclass
from pathlib import Path

SITE_FILES = ("users", "posts", "comments", "votes")
POSTS_A_DAY = 3_800  # the same for every size: a bigger site has a longer past, not a busier day


@dataclass(frozen=True)
class Size:
    """How much to generate. `votes` counts those on posts and on comments."""

    name: str
    users: int
    posts: int
    comments: int
    votes: int

    @property
    def days(self) -> float:
        """How far back the posts go."""
        return self.posts / POSTS_A_DAY

    @property
    def reactions(self) -> int:
        """Three a post; nearly all of them go to the hottest."""
        return 3 * self.posts

    @classmethod
    def of_users(cls, users: int) -> "Size":
        """The proportions of `small` for any number of users."""
        return cls("as small", users, 10 * users, 60 * users, 200 * users)


SMALL = Size("small", 1_000, 10_000, 60_000, 200_000)
MEDIUM = Size("medium", 20_000, 100_000, 600_000, 2_000_000)
LARGE = Size("large", 200_000, 1_000_000, 6_000_000, 20_000_000)
SIZES = {size.name: size for size in (SMALL, MEDIUM, LARGE)}


@dataclass(frozen=True)
class Generated:
    """Everything made up, after published figures."""

    size: Size = SMALL

    def __str__(self) -> str:
        return f"generated, {self.size.name}"

    @property
    def files(self) -> list[Path]:
        """Nothing is read."""
        return []


@dataclass(frozen=True)
class Graph:
    """Users and follows from an edge list (`a b` a line); the rest generated on top.

    `directed`: `a b` means that a follows b. Otherwise both follow each other.
    """

    path: Path
    directed: bool = False

    def __str__(self) -> str:
        return f"graph {self.path.name}{', directed' if self.directed else ''}"

    @property
    def files(self) -> list[Path]:
        """What is read."""
        return [self.path]


@dataclass(frozen=True)
class StackExchange:
    """A question site: users, posts, comments and votes as JSON lines in one directory."""

    directory: Path

    def __str__(self) -> str:
        return f"Stack Exchange site {self.directory.resolve().name}"

    @property
    def files(self) -> list[Path]:
        """What is read: `NAME.jsonl.gz`, or `NAME.jsonl` where that is not there."""
        packed = [self.directory / f"{name}.jsonl.gz" for name in SITE_FILES]
        return [path if path.exists() else path.with_suffix("") for path in packed]


Source = Generated | Graph | StackExchange


def source_of(
    size: str, graph: Path | None, stackexchange: Path | None, *, directed: bool = False
) -> Source:
    """The source that options name. Raises ValueError where they do not fit together."""
    if graph is not None and stackexchange is not None:
        raise ValueError("choose one of --graph and --stackexchange")
    if graph is not None:
        return Graph(graph, directed)
    if stackexchange is not None:
        return StackExchange(stackexchange)
    if size not in SIZES:
        raise ValueError(f"there is no size {size!r}; choose from {', '.join(SIZES)}")
    return Generated(SIZES[size])
