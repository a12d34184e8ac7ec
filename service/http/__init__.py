"""The wire only: parse, call one use case, answer."""
