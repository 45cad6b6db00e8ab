"""Graph algorithms on arrays, which know nothing of links."""
