"""Runs a plan: exports the managed systems, synchronises them into the store, evaluates, provisions."""
