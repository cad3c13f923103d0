"""One text in, one shorter text out: chooses the engine by domain. Pure and deterministic.

`shorten` works without a target, at a level: 0 is the gentlest, LEVELS - 1 the most aggressive. `fit` reaches an exact
token budget. Neither checks what it did: `check` does, and `Verified` puts the two together. Engines other than that of
prose are imported where they are needed, so that the first call is quick.
"""

from __future__ import annotations

from collections.abc import Callable

from semzip.local import detect
from semzip.local.mixed.parts import is_mixed
from semzip.local.prose import engine as prose
from semzip.local.prose.salience import Salience
from semzip.records import Domain
from semzip.tokens import DEFAULT_TOKENIZER, count_tokens

VERSION = "1"
LEVELS = 4
Count = Callable[[str], int]


def shorten(
    text: str,
    domain: Domain | None = None,
    *,
    level: int = LEVELS - 1,
    salience: Salience | None = None,
    dense: bool = False,
) -> str:
    """A shorter text that says the same, by the means that `level` allows; the text itself where there is none.

    With `dense`, Python becomes shorthand, which a model reads and Python does not run.
    """
    kind = domain or detect.domain(text)
    if kind == "code":
        from semzip.local.code import engine as code

        return code.shorten(text, level=level, salience=salience, dense=dense)
    if kind == "data":
        from semzip.local.structure import engine as structure

        return structure.shorten(text)
    if is_mixed(text):
        from semzip.local.mixed import engine as mixed

        return mixed.shorten(text, level=level, salience=salience)
    return prose.shorten(text, level=level, salience=salience)


def fit(
    text: str,
    domain: Domain | None = None,
    *,
    budget: int,
    tokenizer: str = DEFAULT_TOKENIZER,
    question: str | None = None,
    salience: Salience | None = None,
) -> str:
    """The text that says the most within `budget` tokens of `tokenizer`; never over it."""

    def count(part: str) -> int:
        return count_tokens(part, tokenizer)

    if count(text) <= budget:
        return text
    kind = domain or detect.domain(text)
    if kind == "code":
        from semzip.local.code import engine as code

        return code.fit(text, budget=budget, count=count, question=question, salience=salience)
    if kind == "data":
        from semzip.local.structure import engine as structure

        return structure.fit(text, budget=budget, count=count, question=question, salience=salience)
    if is_mixed(text):
        from semzip.local.mixed import engine as mixed

        return mixed.fit(text, budget=budget, count=count, question=question, salience=salience)
    return prose.fit(text, budget=budget, count=count, question=question, salience=salience)
