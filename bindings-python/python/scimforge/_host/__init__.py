"""What the server needs of its host: sockets, clocks, secrets and databases are Python's, the
protocol is the engine's."""
