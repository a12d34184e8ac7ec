"""The suite; mirrors the code it tests."""
