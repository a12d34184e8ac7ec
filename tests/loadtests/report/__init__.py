"""Tests of the report of a before/after run."""
