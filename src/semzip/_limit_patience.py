"""How long a request stands in line, and what it raises when it is put off."""

from __future__ import annotations

import math

from attrs import define


class HeldError(Exception):
    """A request was put off: its provider has asked to wait for long, or nothing more is to be sent.

    It says nothing about the item that asked, so it is no SemzipError: whoever made the item's way patient has it go again.

    Args:
        until: When the provider takes requests again, by the event loop's clock.
    """

    def __init__(self, until: float) -> None:
        super().__init__("put off: the provider has asked to wait")
        self.until = until


@define(eq=False)
class Patience:
    """Whether requests stand in line however long it takes, or are put off."""

    longest: float = math.inf
    over: bool = False

    def ends(self, wait: float) -> bool:
        """Whether a request that has to wait so many seconds at least is put off."""
        return self.over or wait > self.longest
