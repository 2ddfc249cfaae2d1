"""Synchronisation: exported CSV is cleaned, compared and brought into the store within the limits."""
