"""Public fakes, and a contract check for each protocol: what every implementation must do, run against yours.

    async def test_my_compressor():
        await check_compressor(MyCompressor())

A check raises ContractError with a sentence that says which promise was broken.
"""

from __future__ import annotations

from semzip.testing.contracts import (
    ContractError,
    check_chat,
    check_compressor,
    check_judge,
    check_store,
    check_trainer,
)
from semzip.testing.fakes import TEXTS, FakeChat, FakeCompressor, FakeJudge, FakeTrainer, MemoryStore, sample_dataset

__all__ = [
    "TEXTS",
    "ContractError",
    "FakeChat",
    "FakeCompressor",
    "FakeJudge",
    "FakeTrainer",
    "MemoryStore",
    "check_chat",
    "check_compressor",
    "check_judge",
    "check_store",
    "check_trainer",
    "sample_dataset",
]
