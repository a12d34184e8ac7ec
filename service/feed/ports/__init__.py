"""What the feed needs from outside, as it needs it."""

from service.feed.ports.reading import Overlays, Pages, RankedPost, Records
from service.feed.ports.writing import UnitOfWork, Writes

__all__ = ["Overlays", "Pages", "RankedPost", "Records", "UnitOfWork", "Writes"]
