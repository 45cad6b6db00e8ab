"""Links in tables and files of any kind, and links between names."""
