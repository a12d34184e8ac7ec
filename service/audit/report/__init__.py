"""Reports of an audit: a document of a versioned schema, and a table for a terminal."""
