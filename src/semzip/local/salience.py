"""Salience: how much a word matters where it stands, learnt from pairs."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen


@frozen
class Salience:
    """Trained weights."""

    id: str

    @classmethod
    def load(cls, folder: Path) -> Salience:
        """Read the weights in `folder`."""
        return cls(folder.name)


def default() -> Salience | None:
    """The weights that semzip ships."""
    return None
