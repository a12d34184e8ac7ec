"""What ends an audit before it began; the text is fit to be shown."""


class AuditError(ValueError):
    """The audit cannot be made: no server, no right to list keys, a wrong word in a registry."""
