"""The load tests measured by themselves: a generator and servers whose every latency is known."""
