"""What `make bench` measures: Corral's stack and what people would use instead, on one server.

Nothing is imported here: the programs of the peers run in environments of their own.
"""
