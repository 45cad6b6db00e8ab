"""How right clusters and confidences are."""
