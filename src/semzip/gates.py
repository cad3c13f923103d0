"""Gates accept a pair into the dataset; targets accept a run."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from attrs import field, frozen
from attrs.validators import in_

from semzip.records import Compression


class Gate(Protocol):
    """Says why a judged pair stays out of the dataset, or None where it may go in."""

    @property
    def id(self) -> str: ...

    def __call__(self, pair: Compression) -> str | None: ...


@frozen
class MaxRatio:
    """Keeps pairs whose compressed tokens / original tokens is at most `limit`."""

    limit: float

    @property
    def id(self) -> str:
        return f"max_ratio={self.limit}"

    def __call__(self, pair: Compression) -> str | None:
        return None if pair.ratio <= self.limit else f"ratio above {self.limit}"


@frozen
class MinEquivalence:
    """Keeps pairs whose verdict has a score of at least `limit`."""

    limit: float

    @property
    def id(self) -> str:
        return f"min_equivalence={self.limit}"

    def __call__(self, pair: Compression) -> str | None:
        score = 0.0 if pair.verdict is None else pair.verdict.score
        return None if score >= self.limit else f"equivalence below {self.limit}"


def known_gate(gate_id: str) -> Gate | None:
    """The gate of this id, if it is one of semzip's own."""
    name, _, limit = gate_id.partition("=")
    kinds: dict[str, Callable[[float], Gate]] = {"max_ratio": MaxRatio, "min_equivalence": MinEquivalence}
    return kinds[name](float(limit)) if name in kinds else None


_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@frozen
class Target:
    """A figure of the report that a run must reach.

    Args:
        figure: Where the figure stands in report.json, as names joined by dots: "evaluation.v2.pass_rate".
        sign: How it must compare.
        bound: With what.
    """

    figure: str
    sign: Literal[">", ">=", "<", "<="] = field(validator=in_(_OPERATORS))
    bound: float

    def check(self, figures: Mapping[str, Any]) -> dict[str, Any]:
        """One row of the checklist: `{"figure", "target", "measured", "met"}`; a missing figure is not met."""
        *groups, name = self.figure.split(".")
        for group in groups:
            figures = figures.get(group) or {}
        value: Any = figures.get(name)
        measured = value if isinstance(value, int | float) else None
        met = measured is not None and _OPERATORS[self.sign](measured, self.bound)
        return {"figure": self.figure, "target": f"{self.sign} {self.bound:g}", "measured": measured, "met": met}


RUN_TARGETS = (
    Target("judged", ">", 10_000),
    Target("pass_rate", ">", 0.80),
    Target("domains.nl.ratio", "<=", 0.85),
    Target("domains.code.ratio", "<=", 0.80),
    Target("evaluation.gain.pass_rate", ">=", 0.0),
    Target("evaluation.gain.ratio", ">=", 0.02),
    Target("evaluation.gain.ratio_low", ">", 0.0),
    Target("evaluation.shuffled_gain.ratio", "<", 0.02),
)
"""What `semzip run` asks of itself. A gain is v1 minus v2 for ratios, v2 minus v1 for pass rates."""

PLAN_TARGETS = (
    Target("passed", ">=", 10_000),
    Target("pass_rate", ">", 0.80),
    Target("evaluation.v2.pass_rate", ">", 0.90),
    Target("evaluation.v2.ratio", ">=", 0.50),
    Target("evaluation.v2.ratio", "<=", 0.65),
    Target("evaluation.v2.equivalence", ">", 0.85),
)
"""What a run with models asks of itself: the success that the v2 plan names."""
