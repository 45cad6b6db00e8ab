"""Pictures as values: diagrams, lanes, pyvis networks."""
