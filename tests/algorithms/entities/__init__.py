"""Tests of roles and entities."""
