"""Humm's API over HTTP: links and catalogue, fetched into a snapshot."""

from __future__ import annotations

from hummgraph.client.client import AsyncClient, Client, Limits, Progress, RetryPolicy, Timeouts

__all__ = [
    "AsyncClient",
    "Client",
    "Limits",
    "Progress",
    "RetryPolicy",
    "Timeouts",
]
