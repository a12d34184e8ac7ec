"""One file for each way to cache: the same four calls, made of what its library offers."""
