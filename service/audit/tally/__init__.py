"""Tallies: what is told of a pattern, in memory that does not grow with its keys."""
