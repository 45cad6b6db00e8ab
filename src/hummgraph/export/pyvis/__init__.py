"""Pages drawn by pyvis."""
