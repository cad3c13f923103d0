"""LocalTrainer learns salience from validated pairs. (First cut.)"""

from __future__ import annotations

from pathlib import Path

from semzip.judging import Verified
from semzip.local.faces import LocalCompressor, LocalJudge
from semzip.local.salience import Salience
from semzip.protocols import Compressor, OnStep
from semzip.records import Adapter, Dataset


class LocalTrainer:
    """Learns which words can be left out."""

    id = "local-0"

    async def train(self, dataset: Dataset, folder: Path, on_step: OnStep) -> Adapter:
        """Train into `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        return Adapter(folder=folder, id="none", trainer=self.id)

    async def load(self, adapter: Adapter) -> Compressor:
        """The embedded compressor with the trained salience."""
        return Verified(LocalCompressor(salience=Salience.load(adapter.folder)), LocalJudge())
