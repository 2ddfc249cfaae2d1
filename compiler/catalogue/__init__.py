"""What a connection package says of itself: names, settings, abilities, tables."""
