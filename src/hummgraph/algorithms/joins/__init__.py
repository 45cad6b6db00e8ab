"""Ways to join tables."""
