"""The shelf as something to take from: what lies on it, and copies of it in other projects."""

from service.shelf.catalogue import Pattern, Shelf
from service.shelf.comparing import Difference, compare
from service.shelf.copying import Copied, copy
from service.shelf.errors import ShelfError

__all__ = ["Copied", "Difference", "Pattern", "Shelf", "ShelfError", "compare", "copy"]
