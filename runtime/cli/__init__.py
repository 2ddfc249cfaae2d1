"""The command line: one command, one file; it imports everything and nobody imports it."""
