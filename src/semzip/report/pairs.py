"""The pairs of a run as the page shows them: failures first, then a draw of the others; what is beyond goes beside it."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from semzip import _runs
from semzip._codec import dumps
from semzip._files import replacing
from semzip._items import Item
from semzip.agreement import said
from semzip.diff import steps
from semzip.protocols import Store
from semzip.records import Compression, Failure, Passage
from semzip.report.run import Run

PASSES = 1_000
FAILURES = 20_000
MOST_BYTES = 4_400_000
REST = "report-pairs.jsonl"
_LONGEST = 20_000
_FAILED = ("failed", "rejected")


@frozen
class Pairs:
    """What the page shows of a run's pairs.

    Args:
        packed: The rows that the page holds, as JSON, compressed, in Base64: text that no parser of HTML trips over.
        shown: How many they are.
        beside: How many are in the file REST instead.
        kinds: Kinds of loss among the rows shown, sorted.
        domains: Their domains, sorted.
        outcomes: Their outcomes, failures first.
    """

    packed: str = field(repr=False)
    shown: int
    beside: int
    kinds: tuple[str, ...]
    domains: tuple[str, ...]
    outcomes: tuple[str, ...]


async def collect(run: Run, store: Store) -> Pairs:
    """The pairs of the run; what the page has no room for is written beside it.

    All failures and the first PASSES others by their ids are for the page, as far as MOST_BYTES go.
    """
    failures: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    beside = 0
    with replacing(run.folder / REST) as rest:
        async for passage, item in _runs.items(store, str(run.figures["run"]), run.figures["settings"]):
            if item is None:
                continue
            row = _row(passage, item)
            rows, most = (failures, FAILURES) if row["outcome"] in _FAILED else (others, PASSES)
            if len(rows) < most:
                rows.append(row)
            else:
                rest.write(dumps(row) + "\n")
                beside += 1
        failures.sort(key=lambda row: (row["outcome"] != "failed", row["score"] or 0.0, row["id"]))
        chosen = [*failures, *others]
        packed = pack(chosen)
        while len(packed) > MOST_BYTES:
            keep = int(len(chosen) * 0.98 * MOST_BYTES / len(packed))
            rest.writelines(dumps(row) + "\n" for row in chosen[keep:])
            beside += len(chosen) - keep
            chosen = chosen[:keep]
            packed = pack(chosen)
    if not beside:
        (run.folder / REST).unlink()
    outcomes = [name for name in (*_FAILED, "unchanged", "compressed", "passed") if _has(chosen, "outcome", name)]
    return Pairs(
        packed=packed,
        shown=len(chosen),
        beside=beside,
        kinds=tuple(sorted({loss["kind"] for row in chosen for loss in row["losses"]})),
        domains=tuple(sorted({row["domain"] for row in chosen})),
        outcomes=tuple(outcomes),
    )


def pack(rows: Sequence[dict[str, Any]]) -> str:
    """The rows for the page: with the steps from one text to the other instead of both texts."""
    ready = [
        {
            **{name: value for name, value in row.items() if name not in {"original", "text"}},
            "steps": list(_steps(row)),
            "compressed": row["text"] is not None,
            "cut": len(row["original"]) > _LONGEST,
        }
        for row in rows
    ]
    return base64.b64encode(gzip.compress(dumps(ready).encode(), mtime=0)).decode("ascii")


def _steps(row: Mapping[str, Any]) -> Iterator[str]:
    """Kept, dropped and new text in turn; of a long text the beginning."""
    original = row["original"][:_LONGEST]
    if row["text"] is None:
        yield from (original, "", "")
    else:
        for step in steps(original, row["text"][:_LONGEST]):
            yield from step


def _row(passage: Passage, item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": passage.id, "domain": passage.domain, "source": passage.source, "original": passage.text, "text": None,
        "outcome": "failed", "score": None, "losses": [], "judges": {}, "tokens": None, "original_tokens": None, "why": "",
    }  # fmt: skip
    if isinstance(item, Failure):
        pair, row["why"] = item.compression, f"{item.stage}: {item.error}: {item.message}"
    else:
        pair = item
        row["outcome"] = _outcome(item)
    if pair is not None:
        row |= {"text": pair.text, "tokens": pair.tokens, "original_tokens": pair.original_tokens}
    if isinstance(item, Compression) and item.verdict is not None:
        row["score"] = item.verdict.score
        row["judges"] = said(item.verdict)
        row["losses"] = [
            {"kind": loss.kind, "what": loss.what, "invented": loss.invented, "hard": loss.hard}
            for loss in item.verdict.losses
        ]
    return row


def _outcome(item: Compression) -> str:
    if item.unchanged:
        return "unchanged"
    if item.verdict is None:
        return "compressed"
    return "passed" if item.verdict.passed else "rejected"


def _has(rows: Sequence[dict[str, Any]], key: str, value: str) -> bool:
    return any(row[key] == value for row in rows)
