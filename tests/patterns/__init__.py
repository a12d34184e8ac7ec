"""Each pattern's contract and its own race; copied together with the pattern."""
