"""Filling a database: generated after published figures, from a graph, or from a real site."""

from service.seeding.errors import SeedError
from service.seeding.facts import DatasetFacts, describe
from service.seeding.figures import Statistics
from service.seeding.keeping import seed_unless_there
from service.seeding.loading import seed
from service.seeding.sources import (
    SIZES,
    Generated,
    Graph,
    Size,
    Source,
    StackExchange,
    source_of,
)

__all__ = [
    "SIZES",
    "DatasetFacts",
    "Generated",
    "Graph",
    "SeedError",
    "Size",
    "Source",
    "StackExchange",
    "Statistics",
    "describe",
    "seed",
    "seed_unless_there",
    "source_of",
]
