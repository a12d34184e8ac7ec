"""A Stack Exchange site, given as four files of JSON lines."""
