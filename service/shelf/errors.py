"""What can be wrong with a wish: a sentence for whoever typed it."""


class ShelfError(Exception):
    """Cannot be done as asked; nothing was changed."""
