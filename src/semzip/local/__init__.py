"""The embedded engine: no model download, no key, no GPU.

Pure functions do the work (`engine`, `check`); LocalCompressor, LocalJudge and LocalTrainer are their async faces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from semzip.local.faces import LocalCompressor, LocalJudge

if TYPE_CHECKING:
    from semzip.local.trainer import LocalTrainer

__all__ = ["LocalCompressor", "LocalJudge", "LocalTrainer"]


def __getattr__(name: str) -> Any:
    if name == "LocalTrainer":
        from semzip.local.trainer import LocalTrainer

        return LocalTrainer
    raise AttributeError(f"module 'semzip.local' has no attribute {name!r}")
