"""Explanations: why nodes are in one cluster or not, and how a cluster was built."""
