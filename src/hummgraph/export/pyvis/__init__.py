"""Pages made by pyvis."""
