"""Graphs of other libraries, and back."""
