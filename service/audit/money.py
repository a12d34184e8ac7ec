"""Money: what bytes cost a month, by a named price with its date, or by your own."""

from dataclasses import dataclass

GB = 2**30


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars for a GB and a month. Of a node's price, replicas and reserve come on top."""

    name: str
    dollars_per_gb_month: float
    source: str
    is_per_node: bool = False
    usable: float = 1.0  # share of a node's memory that may hold data

    def dollars(self, size: float | None, replicas: int | None) -> float | None:
        """A month of so many bytes; `None` of unknown bytes."""
        if size is None:
            return None
        copies = 1 + (replicas or 0) if self.is_per_node else 1
        return size / GB * copies / self.usable * self.dollars_per_gb_month


PRESETS = {
    price.name: price
    for price in (
        Price("article", 375.0, "the article: $12,000 a month for 32 GB, all in"),
        Price(
            "elasticache-serverless-valkey",
            0.084 * 730,
            "list price $0.084 a GB-hour, seen June 2026; replicas included",
        ),
        Price(
            "elasticache-serverless-redis",
            0.125 * 730,
            "list price $0.125 a GB-hour, seen June 2026; replicas included",
        ),
    )
}


def own(dollars_per_gb_month: float) -> Price:
    """A price of a node's memory: each replica costs the same, a quarter is kept in reserve."""
    return Price(
        "own", dollars_per_gb_month, "given; times copies, and 75 % of a node usable", True, 0.75
    )
