"""The sides: the same work, by different means. Each file knows one library, and imports it."""
