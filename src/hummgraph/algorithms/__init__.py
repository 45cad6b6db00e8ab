"""Analyses: free functions that take a graph and return a frozen result."""
