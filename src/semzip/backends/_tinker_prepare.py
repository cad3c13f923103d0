"""From a dataset to what a run sends: rows as tokens, the steps, and what that will cost. Nothing is sent from here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from attrs import field, frozen

from semzip.backends._tinker_plan import Plan, Schedule
from semzip.backends._tinker_prices import PRICES_DATE, TRAINING, TrainingEstimate
from semzip.backends._tinker_rates import advised_rate
from semzip.backends._tinker_rows import Example, Renderer, load_renderer, tokenizer_name
from semzip.errors import DataError
from semzip.records import Dataset, Split, digest


@frozen(kw_only=True)
class Prepared:
    """A training, ready to be sent.

    Args:
        rows: Training rows.
        left_out: Rows of which truncation leaves no answer.
        valid: Rows whose loss is measured.
        valid_every: Steps from one measurement to the next.
        plan: The steps.
    """

    rows: Sequence[Example] = field(repr=False)
    left_out: int
    valid: Sequence[Example] = field(repr=False)
    valid_every: int
    plan: Plan

    @property
    def fingerprint(self) -> str:
        """Of the rows, their order and the learning rates."""
        plan = self.plan
        settings = (plan.epochs, plan.batch_size, plan.learning_rate, plan.warmup_ratio, plan.schedule, plan.seed)
        return digest(repr(settings), *(f"{row.start} {row.stop} {row.tokens.tobytes().hex()}" for row in self.rows))

    def estimate(self, base_model: str, price_per_million: float | None) -> TrainingEstimate:
        """What this will send, and its price."""
        listed = TRAINING.get(base_model)
        from_list = price_per_million is None and listed is not None
        measurements = -(-self.plan.steps // self.valid_every)
        return TrainingEstimate(
            rows=len(self.rows),
            left_out=self.left_out,
            steps=self.plan.steps,
            trained_tokens=self.plan.tokens,
            valid_tokens=measurements * sum(row.trained for row in self.valid),
            price_per_million=listed if from_list else price_per_million,
            price_date=PRICES_DATE if from_list else "",
        )


def prepare(
    dataset: Dataset,
    *,
    base_model: str,
    tokenizer: str | None,
    max_length: int,
    epochs: int,
    batch_size: int,
    learning_rate: float | Literal["auto"],
    warmup_ratio: float,
    schedule: Schedule,
    seed: int,
    valid_every: int | None,
    valid_rows: int,
) -> Prepared:
    """Render the rows of a dataset and plan the steps.

    Raises:
        DataError: There is no row to train on, or one that is no chat.
        ConfigError: No tokenizer, or no advised rate.
    """
    name = tokenizer or tokenizer_name(base_model)
    renderer = load_renderer(name)
    rows, left_out = _examples(renderer, dataset, "train", max_length, None)
    if not rows:
        raise DataError(f"{dataset.folder} has no row to train on: {left_out} do not fit into {max_length} tokens")
    plan = Plan(
        lengths=[row.trained for row in rows],
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=advised_rate(base_model, name) if learning_rate == "auto" else learning_rate,
        warmup_ratio=warmup_ratio,
        schedule=schedule,
        seed=seed,
    )
    return Prepared(
        rows=rows,
        left_out=left_out,
        valid=_examples(renderer, dataset, "valid", max_length, valid_rows)[0],
        valid_every=valid_every or max(1, plan.steps // 10),
        plan=plan,
    )


def _examples(
    renderer: Renderer, dataset: Dataset, split: Split, max_length: int, limit: int | None
) -> tuple[list[Example], int]:
    """The first `limit` rows of a split that fit, and how many did not."""
    examples: list[Example] = []
    left_out = 0
    if split == "valid" and not (dataset.folder / "valid.jsonl").exists():
        return examples, left_out
    for number, row in enumerate(dataset.rows(split), 1):
        if limit is not None and len(examples) >= limit:
            break
        example = renderer.example(_messages(row, f"row {number} of {split}"), max_length)
        if example is None:
            left_out += 1
        else:
            examples.append(example)
    return examples, left_out


def _messages(row: dict[str, Any], where: str) -> list[dict[str, str]]:
    try:
        return [{"role": str(message["role"]), "content": str(message["content"])} for message in row["messages"]]
    except (KeyError, TypeError) as error:
        raise DataError(f"{where} is no chat: it needs messages with role and content") from error
