"""GraphML, written and read back."""
