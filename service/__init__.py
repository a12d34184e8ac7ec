"""Corral: a social feed whose caches are there to be run, broken and copied from."""
