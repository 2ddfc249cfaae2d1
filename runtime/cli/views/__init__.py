"""What is shown: the only files that print."""
