"""GraphML: its writer, its reader and its profiles."""
