"""What is counted and timed of requests, caches and the Redis client."""
