"""Clusters: methods, decisions that bind, merge trees, crosswalks."""
