"""Each command of `corral` as it is typed."""
