"""Where a run keeps what it did."""

from __future__ import annotations

from semzip.stores.hub import HubStore
from semzip.stores.sqlite import SQLiteStore

__all__ = ["HubStore", "SQLiteStore"]
