"""Tests of the report of trials."""
