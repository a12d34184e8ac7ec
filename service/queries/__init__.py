"""SQLAlchemy Core statements: rows in, domain models out."""
