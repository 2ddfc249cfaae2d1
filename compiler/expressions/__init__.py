"""The expression language: every surface syntax becomes one typed tree, and the tree becomes SQL."""
