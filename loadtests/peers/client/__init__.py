"""The client: a process of its own, the standard library alone; `python -m ...client`."""
