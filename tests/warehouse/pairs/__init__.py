"""Tests of clusters of anybody's pairs."""
