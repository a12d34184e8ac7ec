"""What goes wrong when servers are started."""


class EmbeddedError(Exception):
    """The embedded servers cannot start; the message says why and what to do."""
