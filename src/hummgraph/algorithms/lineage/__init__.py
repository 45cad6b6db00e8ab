"""What lies upstream and downstream."""
