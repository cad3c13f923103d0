"""Which passages a run had, kept in its store: with them its figures can be made again from the store alone.

A run is named by its settings and its passages, so the same run, resumed or repeated, is the same rows. What became of a
passage is not kept twice: it follows from the compressions, verdicts and failures that the store has.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from semzip._items import Item, Items
from semzip._roster import Roster
from semzip.canaries import Canaries
from semzip.errors import ReplyError
from semzip.protocols import Judge, Store
from semzip.records import Compression, Failure, Passage, Verdict, digest


async def keep(store: Store, roster: Roster, settings: Mapping[str, Any]) -> str:
    """Keep the passages of this run, and the pairs that it was given.

    Returns:
        The run's name, under which `items` finds them.
    """
    name = digest(str(settings["compressor"]), *settings["judges"], str(roster.failed_reading))
    for item in roster.items():
        name = digest(name, item.passage_id if isinstance(item, Compression) else item.id)
    name = name[:16]
    await store.put("run", name, {"settings": dict(settings), "unreadable": roster.failed_reading})
    for item in roster.items():
        row: dict[str, str]
        if isinstance(item, Compression):
            passage = Passage(item.original, item.domain)
            row = {"domain": item.domain, "given": item.text, "by": item.compressor}
        else:
            passage, row = item, {"domain": item.domain}
        value = {"text": passage.text, "domain": passage.domain, "source": passage.source}
        await store.put("passage", passage.id, value)
        await store.put(_kind(name), passage.id, row)
    return name


async def items(store: Store, name: str, settings: Mapping[str, Any]) -> AsyncIterator[tuple[Passage, Item | None]]:
    """Each passage of a run, and what became of it by what the store has; None where nothing did."""
    looked_up = Items(store, judges_of(settings["judges"]))
    failed = {"generate": dict[str, Failure](), "judge": dict[str, Failure]()}
    async for _, value in store.scan("failure"):
        if value["stage"] in failed:
            value.pop("compression", None)
            failed[value["stage"]][value["passage_id"]] = Failure(**value)
    async for key, row in store.scan(_kind(name)):
        kept = await store.get("passage", key)
        if kept is None:
            continue
        passage = Passage(kept["text"], row["domain"], kept["source"])
        pair: Compression | None
        if "given" in row:
            pair = passage.compressed(row["given"], by=row["by"])
        else:
            pair = await looked_up.stored_compression(str(settings["compressor"]), passage)
        yield passage, await _outcome(looked_up, passage, pair, failed)


async def _outcome(
    looked_up: Items, passage: Passage, pair: Compression | None, failed: Mapping[str, Mapping[str, Failure]]
) -> Item | None:
    if pair is None:
        return failed["generate"].get(passage.id)
    judged = await looked_up.stored_verdict(pair)
    verdict = judged.verdict if isinstance(judged, Compression) else None
    failure = failed["judge"].get(passage.id)
    if failure is not None and (verdict is None or verdict.judge == "given") and not pair.unchanged:
        return Failure(
            passage_id=passage.id, stage="judge", error=failure.error, message=failure.message, compression=pair
        )
    return judged


async def roster(store: Store, name: str, settings: Mapping[str, Any], *, canaries: bool) -> Roster:
    """The run's roster, made again.

    Args:
        store: Of the run.
        name: Of the run.
        settings: Its compressor's and judges' ids.
        canaries: Whether its judges were shown planted losses.
    """
    again = Roster()
    judges = judges_of(settings["judges"])
    looked_up = Items(store, judges)
    watch = Canaries(most_passed=1.0)

    async def said(judge: Judge, pair: Compression) -> Verdict:
        verdict = await looked_up.said(judge, pair)
        if verdict is None:
            raise ReplyError("the store has no verdict of this pair")
        return verdict

    async for passage, item in items(store, name, settings):
        again.add(passage)
        if item is None:
            continue
        again.settle(item)
        if canaries and isinstance(item, Compression):
            for judge in judges:
                await watch.watch(judge, item, said)
    again.failed_reading = int((await store.get("run", name) or {}).get("unreadable", 0))
    again.canaries = watch.figures if canaries else None
    return again


def judges_of(ids: Sequence[str]) -> tuple[Judge, ...]:
    """Stand-ins for judges: their verdicts can be looked up, and no new one had."""
    return tuple(Known(one) for one in ids)


@frozen
class Known:
    """A stand-in for a compressor or a judge: known by what the store has of it."""

    id: str

    async def compress(self, passage: Passage) -> Compression:
        """There is nothing that could."""
        raise ReplyError(f"the store has no compression of {passage.id} by {self.id}")

    async def judge(self, pair: Compression) -> Verdict:
        """There is nothing that could."""
        raise ReplyError(f"the store has no verdict on {pair.id} by {self.id}")


def _kind(name: str) -> str:
    return f"run-{name}"
