"""Tests of what scenarios make of what they saw."""
