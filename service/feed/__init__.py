"""The social feed itself: knows no cache, no SQL and no HTTP."""
