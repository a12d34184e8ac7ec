"""One endpoint on Corral's patterns, and on what people would pick instead, in one run."""
