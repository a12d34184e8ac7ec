"""What begins and ends a process: its stores, its port, its HTTP limits, its log."""
