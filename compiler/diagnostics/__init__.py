"""What a phase has to say about somebody's configuration: codes, places, suggestions, renderings."""
