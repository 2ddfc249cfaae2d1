"""Settings: files and environment to one tree, the tree to typed values; masking of secrets."""
