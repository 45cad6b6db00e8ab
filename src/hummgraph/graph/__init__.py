"""LinkGraph: systems, tables and columns, and the links between them."""
