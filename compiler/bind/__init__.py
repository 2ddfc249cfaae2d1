"""Documents become a bound model: nodes read, references resolved, expressions compiled."""
