"""Paths that join tables."""
