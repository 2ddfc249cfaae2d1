"""From what each target should be to orders, and from orders to results."""
