"""Bundled demo organisation: its description, the script that builds it, and the result."""
