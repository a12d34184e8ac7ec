"""Names: which pattern a key belongs to, from a registry first and learned where none says."""
