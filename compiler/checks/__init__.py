"""What a configuration must keep beyond its grammar: one small function per code."""
