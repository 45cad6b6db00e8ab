"""Evidence of any shape as rows, and compared."""
