"""Commands of `corral` that take more than a call: options, words, and their work."""
