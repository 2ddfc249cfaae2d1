"""Export: what a connector yields becomes CSV files that appear all together or not at all."""
