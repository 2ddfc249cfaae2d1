"""What benchmarks measure on: large inputs of our own invention, the same for every run."""
