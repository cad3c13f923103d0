"""What this run has seen and done, on a temporary file of its own: memory stays flat however long the corpus is.

The store is shared by runs and outlives them; the roster belongs to one run, so that a report counts its passages only.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections import Counter
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from semzip._codec import dumps, from_json, to_json
from semzip._stream import iterate
from semzip._tally import dollars, histogram, share
from semzip.agreement import agreement, by_judge, said, side_by_side
from semzip.events import Watch
from semzip.records import Compression, Domain, Failure, Passage

_PAGE = 512
_SCHEMA = """
CREATE TABLE passages (id TEXT PRIMARY KEY, domain TEXT, value TEXT) WITHOUT ROWID;
CREATE TABLE outcomes (
    id TEXT PRIMARY KEY, domain TEXT, outcome TEXT, tokens INT, original INT, score REAL, said TEXT, value TEXT,
    generate REAL, judge REAL
) WITHOUT ROWID;
CREATE TABLE generated (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_COLUMNS = {
    "ratio": "SELECT 1.0 * tokens / original FROM outcomes WHERE outcome IN ('passed', 'rejected') ORDER BY id",
    "equivalence": "SELECT score FROM outcomes WHERE outcome IN ('passed', 'rejected') ORDER BY id",
    "generate": "SELECT generate FROM outcomes ORDER BY id",
    "judge": "SELECT judge FROM outcomes ORDER BY id",
}


class Roster:
    """The passages of one run and what became of each."""

    def __init__(self) -> None:
        # An empty name is SQLite's temporary file, gone with the connection.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._database.executescript(_SCHEMA)
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("PRAGMA journal_mode = OFF")
        self.losses: Counter[str] = Counter()
        self.canaries: dict[str, dict[str, float]] | None = None
        self.failed_reading = 0

    def close(self) -> None:
        """Delete the file."""
        self._database.close()

    def add(self, passage: Passage, pair: Compression | None = None) -> bool:
        """Take a passage in, with its given pair if it has one; False where this run has it already."""
        value: dict[str, Any] = {"text": passage.text, "source": passage.source}
        if pair is not None:
            value["pair"] = to_json(pair)
        row = (passage.id, passage.domain, dumps(value))
        return self._database.execute("INSERT OR IGNORE INTO passages VALUES (?, ?, ?)", row).rowcount == 1

    def limit(self, most: int | Mapping[Domain, int]) -> None:
        """Keep the passages with the smallest ids: `most` in all, or of each domain named."""
        beyond = "DELETE FROM passages WHERE id IN (SELECT id FROM passages {} ORDER BY id LIMIT -1 OFFSET ?)"
        if isinstance(most, int):
            self._database.execute(beyond.format(""), (most,))
            return
        for domain, number in most.items():
            self._database.execute(beyond.format("WHERE domain = ?"), (domain, number))

    def __len__(self) -> int:
        count: int = self._database.execute("SELECT count(*) FROM passages").fetchone()[0]
        return count

    def sample(self, most: int) -> Iterator[Passage]:
        """The first passages in the order of their ids: a draw by hash."""
        passages = (item for item in self.items() if isinstance(item, Passage))
        return islice(passages, most)

    def items(self, *, unsettled: bool = False) -> Iterator[Passage | Compression]:
        """The passages, or the pairs that they came with, in the order of their ids; all, or those not settled yet."""
        query = "SELECT id, domain, value FROM passages WHERE id > ?"
        if unsettled:
            query += " AND NOT EXISTS (SELECT 1 FROM outcomes WHERE outcomes.id = passages.id)"
        for _, domain, value in self._paged(query):
            if "pair" in value:
                yield from_json(Compression, value["pair"])
            else:
                yield Passage(value["text"], domain, value["source"])

    def settle(self, item: Compression | Failure) -> str:
        """Keep the last word on a passage: unchanged, passed, rejected or failed. Returns which."""
        row: tuple[object, ...]
        if isinstance(item, Failure):
            outcome = "failed"
            paid = 0.0 if item.compression is None else item.compression.usage.usd
            row = (item.passage_id, "", outcome, 0, 0, None, "", "", paid, 0.0)
        else:
            verdict = item.verdict
            if item.unchanged or verdict is None:
                outcome = "unchanged" if item.unchanged else "compressed"
                judged: tuple[object, ...] = (None, "")
                judging: float | None = 0.0
            else:
                outcome = "passed" if verdict.passed else "rejected"
                judged, judging = (verdict.score, dumps(said(verdict))), verdict.usage.usd
                if outcome == "rejected":
                    self.losses.update(loss.kind for loss in verdict.losses)
            value = dumps(to_json(item)) if outcome == "passed" else ""
            counted = (item.tokens, item.original_tokens, *judged)
            row = (item.passage_id, item.domain, outcome, *counted, value, item.usage.usd, judging)
        self._database.execute("INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return outcome

    def first(self, passage_id: str) -> bool:
        """Whether this is the first time that a passage is asked about, which a second way of it does not count again."""
        return self._database.execute("INSERT OR IGNORE INTO generated VALUES (?)", (passage_id,)).rowcount == 1

    def passed(self) -> Iterator[Compression]:
        """The judged pairs that passed, in the order of their ids."""
        for _, _, value in self._paged("SELECT id, domain, value FROM outcomes WHERE outcome = 'passed' AND id > ?"):
            yield from_json(Compression, value)

    def figures(self) -> dict[str, Any]:
        """Counts, rates and ratios of this run, overall and under `domains`."""
        domains = [row[0] for row in self._database.execute("SELECT DISTINCT domain FROM passages ORDER BY domain")]
        out = self._figures("", ())
        out["domains"] = {domain: self._figures(" AND p.domain = ?", (domain,)) for domain in domains}
        out["losses"] = dict(sorted(self.losses.items()))
        out["unreadable"] = self.failed_reading
        if self.canaries is not None:
            out["canaries"] = self.canaries
        out["judges"] = by_judge(self._said())
        out["side_by_side"] = side_by_side(self._said())
        out["agreement"] = agreement(self._said())
        out["histograms"] = {"ratio": histogram(self._column("ratio"))}
        out["histograms"]["equivalence"] = histogram(self._column("equivalence"))
        out["spent"] = {stage: dollars(self._column(stage)) for stage in ("generate", "judge")}
        return out

    def _said(self) -> Iterator[dict[str, tuple[bool, float]]]:
        """What each judge said of each pair: passed, and the score."""
        for row in self._database.execute("SELECT said FROM outcomes WHERE said != '' ORDER BY id"):
            yield json.loads(row[0])

    def _column(self, name: str) -> Iterator[float | None]:
        """One of _COLUMNS, in the order of the passages' ids."""
        for row in self._database.execute(_COLUMNS[name]):
            yield row[0]

    def _figures(self, where: str, values: tuple[str, ...]) -> dict[str, Any]:
        joined = f"FROM passages p LEFT JOIN outcomes o ON p.id = o.id WHERE 1 {where}"
        passages: int = self._database.execute(f"SELECT count(*) {joined}", values).fetchone()[0]
        outcomes = dict(self._database.execute(f"SELECT o.outcome, count(*) {joined} GROUP BY 1", values).fetchall())
        count = {name: int(outcomes.get(name, 0)) for name in ("unchanged", "passed", "rejected", "failed")}
        unjudged = int(outcomes.get("compressed", 0))
        rows = self._database.execute(
            f"SELECT o.tokens, o.original, o.score {joined} AND o.outcome = 'passed' ORDER BY p.id", values
        )
        tokens = original = 0
        ratios: list[float] = []
        for row in rows:
            tokens, original = tokens + row[0], original + row[1]
            ratios.append(row[0] / row[1])
        judged = count["passed"] + count["rejected"]
        scores = [
            row[0]
            for row in self._database.execute(
                f"SELECT o.score {joined} AND o.outcome IN ('passed', 'rejected') ORDER BY p.id", values
            )
        ]
        return {
            "passages": passages,
            "compressed": judged + unjudged,
            "judged": judged,
            **count,
            "pass_rate": share(count["passed"], judged),
            "ratio": share(tokens, original),
            "mean_ratio": share(math.fsum(ratios), len(ratios)),
            "equivalence": share(math.fsum(scores), len(scores)),
            "tokens": tokens,
            "original_tokens": original,
        }

    def _paged(self, query: str) -> Iterator[tuple[str, Domain, Any]]:
        after = ""
        while True:
            page = self._database.execute(f"{query} ORDER BY id LIMIT {_PAGE}", (after,)).fetchall()
            for key, domain, value in page:
                yield key, domain, json.loads(value)
            if len(page) < _PAGE:
                return
            after = page[-1][0]


async def fill(
    roster: Roster,
    pairs: Iterable[Compression | Failure] | AsyncIterable[Compression | Failure],
    passages: Iterable[Passage | Failure] | AsyncIterable[Passage | Failure],
    watch: Watch,
) -> AsyncIterator[Failure]:
    """Take everything in; yields what could not be read."""
    read = 0
    for source in (pairs, passages):
        items: AsyncIterator[Compression | Passage | Failure] = iterate(source)
        async for item in items:
            if isinstance(item, Failure):
                roster.failed_reading += 1
                yield item
            elif isinstance(item, Passage):
                read += roster.add(item)
            else:
                read += roster.add(Passage(item.original, item.domain), item)
            if (read + roster.failed_reading) % 1_000 == 0:
                watch.item("corpus", {"read": read, "unreadable": roster.failed_reading})
            watch.heed()
