"""Graph algorithms on arrays, without knowledge of links."""
