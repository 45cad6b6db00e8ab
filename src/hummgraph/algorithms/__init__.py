"""Analyses: free functions that take a graph and give a frozen result."""
