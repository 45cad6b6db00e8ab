"""Decoding of JSON bytes into columns."""
