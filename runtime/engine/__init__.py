"""Engines: where the plan's SQL runs."""
