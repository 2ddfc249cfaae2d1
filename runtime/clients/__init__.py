"""Protocols and file forms that several connectors share."""
