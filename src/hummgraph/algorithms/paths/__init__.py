"""Paths between nodes, and how sure they make a pair."""
