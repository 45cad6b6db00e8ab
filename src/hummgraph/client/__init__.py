"""Humm's API over HTTP: links and catalogue, fetched into a snapshot."""
