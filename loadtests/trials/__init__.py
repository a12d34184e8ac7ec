"""Trials: one scenario against one subject, repeated and interleaved, and what came of it."""
