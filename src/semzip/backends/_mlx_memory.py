"""How many sequences the memory holds: what one takes is measured on the model, what is free is asked of the device."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from attrs import frozen

from semzip.backends._mlx_models import Loaded, sdk

SHARE = 0.9
"""Share of the device's free memory that may be used."""
BLOCK = 256
"""Tokens by which mlx-lm's caches grow."""


@frozen
class Memory:
    """What a model's sequences take, and what there is, in bytes.

    Args:
        token: A token of a sequence.
        fixed: A sequence, whatever its length.
        room: All sequences together.
    """

    token: int
    fixed: int
    room: int

    def sequence(self, tokens: int) -> int:
        """A sequence of this length, twice, since a cache is copied while it grows."""
        return 2 * (self.fixed + self.token * (-(-tokens // BLOCK) * BLOCK))


def measure(loaded: Loaded, *, limit: int | None, rows: int, reading: int) -> Memory:
    """Read two prompts to see what a token takes, and set aside what computing takes.

    Args:
        loaded: The model.
        limit: Bytes for weights and sequences together; by default 90 % of what is free beside the weights.
        rows: Most sequences at once.
        reading: Most tokens that are read at once.
    """
    mx = sdk("mlx.core")
    sizes: list[int] = []
    for tokens in (1, BLOCK + 1):
        cache = sdk("mlx_lm.models.cache").make_prompt_cache(loaded.model)
        loaded.model(mx.array([[0] * tokens]), cache=cache)
        mx.eval([layer.state for layer in cache])
        sizes.append(sum(int(layer.nbytes) for layer in cache))
    token = (sizes[1] - sizes[0]) // BLOCK
    used = int(mx.get_active_memory())
    most = limit if limit is not None else used + int(SHARE * free_memory())
    return Memory(
        token, max(0, sizes[0] - BLOCK * token), max(0, most - used - computing(loaded.config, rows, reading))
    )


def computing(config: dict[str, Any], rows: int, reading: int) -> int:
    """Bytes of what lies between the layers while `reading` tokens are read, and of the logits of `rows` sequences."""
    wide = 3 * int(config.get("intermediate_size") or 0) + 8 * int(config.get("hidden_size") or 0)
    return 4 * (reading * wide + 3 * rows * int(config.get("vocab_size") or 0))


def free_memory() -> int:
    """Bytes that the device can still give."""
    mx = sdk("mlx.core")
    if mx.default_device() == mx.gpu:
        facts: dict[str, Any] = mx.device_info()
        for name in ("free_memory", "max_recommended_working_set_size", "total_memory", "memory_size"):
            if facts.get(name):
                return int(facts[name]) - (0 if name == "free_memory" else int(mx.get_active_memory()))
    meminfo = Path("/proc/meminfo")
    if meminfo.is_file():
        for line in meminfo.read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
