"""The commands of `python -m loadtests`: one file each."""
