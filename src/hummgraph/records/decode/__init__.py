"""Bytes of JSON into columns."""
