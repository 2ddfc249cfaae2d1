"""Connectors: one system, one file. The registry finds them by scanning this folder."""
