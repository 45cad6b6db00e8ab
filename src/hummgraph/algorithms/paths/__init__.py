"""Paths between nodes, and the confidence that two nodes are the same."""
