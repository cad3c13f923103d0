"""The embedded engine: no model download, no key, no GPU.

Pure functions do the work (`engine`, `check`); LocalCompressor, LocalJudge and LocalTrainer are their async faces.
"""

from __future__ import annotations

from semzip.local.faces import LocalCompressor, LocalJudge
from semzip.local.trainer import LocalTrainer

__all__ = ["LocalCompressor", "LocalJudge", "LocalTrainer"]
