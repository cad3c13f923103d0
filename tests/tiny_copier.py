"""A tiny Qwen3 that has learnt to copy, and a narrow task to teach it: leave out the articles.

An adapter on random weights learns nothing worth testing; on a base that copies, it has to learn what to leave out.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import mlx.optimizers as optim
from mlx.utils import tree_flatten
from mlx_lm.utils import load

from semzip.protocols import Message
from semzip.records import Dataset
from tiny_qwen3 import CHAT_TEMPLATE, END, tiny_qwen3

ARTICLES = ("the", "a", "an")
NOUNS = ("cat", "dog", "bird", "man", "woman", "child", "house", "tree", "road", "car", "book", "lamp", "door")
VERBS = ("saw", "took", "found", "moved", "sold", "painted", "opened", "carried")
ADJECTIVES = ("red", "old", "small", "green", "heavy", "quiet")
PLACES = ("near", "under", "behind", "with")
WORDS = (*ARTICLES, *NOUNS, *VERBS, *ADJECTIVES, *PLACES)


def just(text: str) -> list[Message]:
    """A request that is the text and nothing else."""
    return [{"role": "user", "content": text}]


def copier(
    folder: Path,
    *,
    hidden: int = 32,
    batch: int = 32,
    most: int = 600,
    enough: float = 0.03,
    words: Sequence[str] = WORDS,
    left_out: Sequence[str] = (),
    ask: Callable[[str], list[Message]] = just,
    longest: int = 10,
    chat_template: str = CHAT_TEMPLATE,
) -> Path:
    """Train a tiny Qwen3 in full to repeat the words that it is asked about, and write it into `folder`.

    Args:
        folder: Where to.
        hidden: Width of the model.
        batch: Rows of a step.
        most: Most steps.
        enough: Loss at which it is done.
        words: All that it knows.
        left_out: Those of them that it does not repeat.
        ask: The request that a text is asked with.
        longest: Most words of a text.
        chat_template: Of the model.
    """
    tiny_qwen3(folder, words=words, hidden=hidden, heads=hidden // 16, context=256, chat_template=chat_template)
    model, tokenizer = load(str(folder))
    model.train()
    mark = tokenizer.convert_tokens_to_ids(words[-1])
    frame = tokenizer.apply_chat_template(ask(words[-1]), add_generation_prompt=True)
    before, after = frame[: frame.index(mark)], frame[frame.index(mark) + 1 :]
    end = tokenizer.convert_tokens_to_ids(END)
    ids = [tokenizer.convert_tokens_to_ids(word) for word in words]
    dropped = {tokenizer.convert_tokens_to_ids(word) for word in left_out}
    rng = random.Random(0)

    copying = True

    def rows() -> tuple[mx.array, mx.array]:
        tokens, learnt = [], []
        for _ in range(batch):
            asked = rng.choices(ids, k=rng.randint(4, longest))
            answer = [word for word in asked if word not in dropped or copying]
            prompt = [*before, *asked, *after]
            tokens.append([*prompt, *answer, end])
            learnt.append([0] * (len(prompt) - 1) + [1] * (len(answer) + 1))
        most_tokens = max(map(len, tokens))
        return (
            mx.array([row + [0] * (most_tokens - len(row)) for row in tokens]),
            mx.array([row + [0] * (most_tokens - 1 - len(row)) for row in learnt]),
        )

    def loss(model: Any, tokens: mx.array, learnt: mx.array) -> mx.array:
        errors = nn.losses.cross_entropy(model(tokens[:, :-1]), tokens[:, 1:])
        return (errors * learnt).sum() / learnt.sum()

    gradient = nn.value_and_grad(model, loss)
    warm = optim.linear_schedule(1e-4, 5e-3, 50)
    schedule = optim.join_schedules([warm, optim.cosine_decay(5e-3, most, 5e-4)], [50])
    optimizer = optim.Adam(learning_rate=schedule, betas=[0.9, 0.98])
    for _ in range(most):
        value, gradients = gradient(model, *rows())
        gradients, _ = optim.clip_grad_norm(gradients, 1.0)
        optimizer.update(model, gradients)
        mx.eval(model.parameters(), optimizer.state, value)
        # What to leave out is learnt soon once it copies, and hardly before.
        copying = copying and value.item() > 10 * enough
        if value.item() < enough and not copying:
            break
    mx.save_safetensors(str(folder / "model.safetensors"), dict(tree_flatten(model.parameters())), {"format": "mlx"})
    return folder


def sentences(number: int, seed: int) -> list[str]:
    """Templated sentences, all different."""
    rng = random.Random(seed)

    def thing() -> list[str]:
        adjective = [rng.choice(ADJECTIVES)] if rng.random() < 0.4 else []
        return [rng.choice(ARTICLES), *adjective, rng.choice(NOUNS)]

    found: dict[str, None] = {}
    while len(found) < number:
        words = [*thing(), rng.choice(VERBS), *thing()]
        if rng.random() < 0.3:
            words += [rng.choice(PLACES), *thing()]
        found[" ".join(words)] = None
    return [*found]


def without_articles(sentence: str) -> str:
    return " ".join(word for word in sentence.split() if word not in ARTICLES)


def write_rows(folder: Path, splits: dict[str, list[list[Message]]]) -> Dataset:
    """Write chat rows as a pipeline writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, rows in splits.items():
        lines = [
            json.dumps({"id": f"{split}-{number}", "domain": "nl", "messages": messages}) + "\n"
            for number, messages in enumerate(rows)
        ]
        (folder / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
    return Dataset(folder=folder, id="rows", train=len(splits["train"]), valid=len(splits["valid"]))


def article_dataset(folder: Path, train: int, valid: int, test: int) -> tuple[Dataset, list[tuple[str, str]]]:
    """Rows of the task, and held-out pairs that are in none of them."""
    pairs = [(sentence, without_articles(sentence)) for sentence in sentences(train + valid + test, seed=1)]
    rows: list[list[Message]] = [
        [{"role": "user", "content": asked}, {"role": "assistant", "content": answer}] for asked, answer in pairs
    ]
    splits = {"train": rows[:train], "valid": rows[train : train + valid]}
    return write_rows(folder, splits), pairs[train + valid :]
