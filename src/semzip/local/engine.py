"""One text in, one shorter text out: chooses the engine by domain. Pure and deterministic.

`shorten` works without a target, at a level: 0 is the gentlest, LEVELS - 1 the most aggressive. `fit` reaches an exact
token budget. Neither checks what it did: `check` does, and `Verified` puts the two together.
"""

from __future__ import annotations

from collections.abc import Callable

from semzip.local import detect
from semzip.local.code import engine as code
from semzip.local.mixed import engine as mixed
from semzip.local.prose import engine as prose
from semzip.local.prose.salience import Salience
from semzip.local.structure import engine as structure
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
        return code.shorten(text, level=level, salience=salience, dense=dense)
    if kind == "data":
        return structure.shorten(text)
    if mixed.is_mixed(text):
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
        return code.fit(text, budget=budget, count=count, question=question, salience=salience)
    if kind == "data":
        return structure.fit(text, budget=budget, count=count, question=question, salience=salience)
    if mixed.is_mixed(text):
        return mixed.fit(text, budget=budget, count=count, question=question, salience=salience)
    return prose.fit(text, budget=budget, count=count, question=question, salience=salience)
