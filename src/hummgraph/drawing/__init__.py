"""Pictures as values: diagrams, lanes and pyvis networks."""
