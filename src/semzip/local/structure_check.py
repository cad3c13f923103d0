"""What re-encoded data lost or invented: encodings of semzip are decoded and compared value by value, summaries by their facts."""

from __future__ import annotations

from collections.abc import Iterator

from semzip.local import prose_check, structure
from semzip.local.structure.cells import Json, NotJsonError, Number, compact, loads
from semzip.records import Loss

_MOST_LOSSES = 200


def compare(original: str, compressed: str) -> tuple[float, tuple[Loss, ...]]:
    """Share of the values that survive, and what did not."""
    if not compressed.strip():
        return (0.0, (Loss("statement", original),)) if original.strip() else (1.0, ())
    plain = structure.expand(compressed)
    if structure.equal(original, plain):
        return 1.0, ()
    try:
        one, other = loads(original), loads(plain)
    except NotJsonError:
        return prose_check.compare(original, plain)
    return _compare_values(one, other)


def _compare_values(original: Json, other: Json) -> tuple[float, tuple[Loss, ...]]:
    had, has = dict(_leaves(original, "")), dict(_leaves(other, ""))
    losses = [
        Loss(_kind(value), f"{path}={compact(value)}") for path, value in had.items() if has.get(path, ...) != value
    ]
    invented = [
        Loss(_kind(value), f"{path}={compact(value)}", invented=True)
        for path, value in has.items()
        if had.get(path, ...) != value
    ]
    score = 1 - len(losses) / max(1, len(had))
    return score, (*losses[:_MOST_LOSSES], *invented[:_MOST_LOSSES])


def _leaves(value: Json, path: str) -> Iterator[tuple[str, Json]]:
    """Path and value of everything that is not a container, and of containers that are empty."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for i, item in enumerate(value):
            yield from _leaves(item, f"{path}[{i}]")
    else:
        yield path, value


def _kind(value: Json) -> str:
    if isinstance(value, Number):
        return "number"
    return (
        "string" if isinstance(value, str) else "constant" if isinstance(value, bool) or value is None else "statement"
    )
