from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from light_model import Lora, fixed
from light_service import Fault, RefusalError, Service, refuse
from safetensors.numpy import load_file
from transformers import AutoTokenizer

from conftest import PAIRS, write_dataset
from semzip.backends.tinker import TinkerTrainer
from semzip.errors import AccountError, ConfigError, TrainingError
from semzip.prompts import chat_row
from semzip.records import Adapter, Dataset, digest

pytestmark = pytest.mark.anyio
Make = Callable[..., TinkerTrainer]


class Steps(dict[int, dict[str, float]]):
    """Figures by step; each call is also counted."""

    calls = 0

    def __call__(self, step: int, figures: Any) -> None:
        self.calls += 1
        self[step] = dict(figures)


def plain_loop(
    tiny: Path, pairs: list[tuple[str, str]], *, rank: int, epochs: int, batch: int, peak: float, warm: float
) -> Any:
    """The whole training, written out: yields each step's rows (tokens, weights), rate and loss; returns the weights."""
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    rows = []
    for text, short in pairs:
        row = chat_row(text, short)
        request = tokenizer.apply_chat_template(row[:2], tokenize=False, add_generation_prompt=True)
        whole = tokenizer.apply_chat_template(row, tokenize=False)
        ids = tokenizer.encode(whole, add_special_tokens=False)
        learnt = len(tokenizer.encode(request, add_special_tokens=False))
        last = len(ids) - 1 - ids[::-1].index(tokenizer.convert_tokens_to_ids("<|im_end|>"))
        rows.append((ids, [float(learnt <= place <= last) for place in range(len(ids))]))
    base, lora = fixed(600), Lora.new(rank, 0)
    steps = epochs * math.ceil(len(rows) / batch)
    warmup = math.ceil(warm * steps)
    step = 0
    for epoch in range(epochs):
        order = sorted(range(len(rows)), key=lambda row: digest("0", str(epoch), str(row)))
        for first in range(0, len(rows), batch):
            step += 1
            rate = peak * step / warmup if step <= warmup else peak * (steps - step + 1) / (steps - warmup)
            taken = [rows[index] for index in order[first : first + batch]]
            total = weight = 0.0
            for ids, weights in taken:
                said = lora.logprobs(base, ids[:-1])[np.arange(len(ids) - 1), ids[1:]]
                total -= float(said @ np.asarray(weights[1:]))
                weight += sum(weights)
                lora.backward(base, ids[:-1], ids[1:], weights[1:])
            lora.adam(rate, 0.9, 0.95, 1e-12)
            yield taken, rate, total / weight, lora


def assert_trained_to_the_end(adapter: Adapter, tiny: Path) -> None:
    """The weights are those of the plain loop, whatever happened on the way."""
    *_, (_, _, _, lora) = plain_loop(tiny, PAIRS, rank=4, epochs=2, batch=4, peak=2e-2, warm=0.03)
    weights = load_file(adapter.folder / "adapter_model.safetensors")
    assert np.allclose(next(weights[name] for name in weights if "lora_B" in name), lora.b.T, atol=1e-6)


def sent(service: Service) -> list[list[tuple[list[int], list[float]]]]:
    """What the service got in each forward_backward with gradients: tokens and weights of each row."""
    batches = []
    for path, message in service.log:
        if path == "forward_backward" and not isinstance(message, str) and not message.forward_only:
            rows = []
            for datum in message.data:
                tokens = np.frombuffer(datum.model_input[0].encoded_text.tokens, np.int32).tolist()
                targets = np.frombuffer(datum.loss_fn_inputs["target_tokens"].dense, np.int64).tolist()
                weights = np.frombuffer(datum.loss_fn_inputs["weights"].dense, np.float32).tolist()
                assert tokens[1:] == targets[:-1]
                rows.append(([*tokens, targets[-1]], [0.0, *weights]))
            batches.append(rows)
    return batches


async def test_it_does_what_a_plain_loop_does(
    light: Service, trainer: Make, dataset: Dataset, tiny: Path, tmp_path: Path
) -> None:
    steps = Steps()
    adapter = await trainer(warmup_ratio=0.3).train(dataset, tmp_path / "run", steps)

    expected = list(plain_loop(tiny, PAIRS, rank=4, epochs=2, batch=4, peak=2e-2, warm=0.3))
    assert len(expected) == 6 == max(steps)
    assert sent(light) == [taken for taken, *_ in expected]
    for number, (_, rate, loss, _lora) in enumerate(expected, 1):
        assert steps[number]["learning_rate"] == pytest.approx(rate)
        assert steps[number]["loss"] == pytest.approx(loss, rel=1e-5)
    assert [body["adam_params"]["learning_rate"] for path, body in light.log if path == "optim_step"] == [
        pytest.approx(rate) for _, rate, *_ in expected
    ]
    lora: Lora = expected[-1][-1]
    weights = load_file(adapter.folder / "adapter_model.safetensors")
    assert np.allclose(next(weights[name] for name in weights if "lora_B" in name), lora.b.T, atol=1e-6)
    assert adapter.metrics["loss"] == steps[6]["loss"]


async def test_the_validation_loss_is_of_the_answers_alone(
    light: Service, trainer: Make, dataset: Dataset, tiny: Path, tmp_path: Path
) -> None:
    steps = Steps()
    await trainer(valid_every=3).train(dataset, tmp_path / "run", steps)
    assert [step for step in steps if "valid_loss" in steps[step]] == [3, 6]
    *_, (_, _, _, lora) = plain_loop(tiny, PAIRS, rank=4, epochs=2, batch=4, peak=2e-2, warm=0.03)
    rows = next(iter(plain_loop(tiny, PAIRS[:3], rank=4, epochs=1, batch=3, peak=0.1, warm=0)))[0]
    total = sum(
        -float(lora.logprobs(fixed(600), ids[:-1])[np.arange(len(ids) - 1), ids[1:]] @ np.asarray(w[1:]))
        for ids, w in rows
    )
    assert steps[6]["valid_loss"] == pytest.approx(total / sum(sum(w) for _, w in rows), rel=1e-5)


async def test_the_service_never_waits_for_us(light: Service, trainer: Make, dataset: Dataset, tmp_path: Path) -> None:
    light.ahead, light.last_step = 1, 6
    await trainer().train(dataset, tmp_path / "run", Steps())
    assert light.steps() == 6


async def test_the_estimate_is_what_is_sent(light: Service, trainer: Make, dataset: Dataset, tmp_path: Path) -> None:
    make = trainer(price_per_million=0.5, valid_every=4, max_seq_length=300)
    estimate = make.estimate(dataset)
    assert light.log == []
    steps = Steps()
    await make.train(dataset, tmp_path / "run", steps)
    trained = sum(len(ids) - 1 for batch in sent(light) for ids, _ in batch)
    passes = [m for path, m in light.log if path == "forward_backward" and m.forward_only]
    measured = sum(len(np.frombuffer(d.model_input[0].encoded_text.tokens, np.int32)) for m in passes for d in m.data)
    assert len(passes) == 2
    assert (estimate.trained_tokens, estimate.valid_tokens, estimate.steps) == (trained, measured, light.steps())
    assert estimate.usd == pytest.approx((trained + measured) * 0.5e-6) == steps[0]["usd"]
    assert sum(figures["tokens"] for step, figures in steps.items() if step) == trained


async def test_a_finished_folder_sends_nothing(light: Service, trainer: Make, dataset: Dataset, tmp_path: Path) -> None:
    first = await trainer().train(dataset, tmp_path / "run", Steps())
    light.log.clear()
    steps = Steps()
    assert await trainer().train(dataset, tmp_path / "run", steps) == first
    assert light.log == []
    assert [*steps] == [1, 2, 3, 4, 5, 6]


async def test_another_training_is_refused(light: Service, trainer: Make, dataset: Dataset, tmp_path: Path) -> None:
    await trainer().train(dataset, tmp_path / "run", Steps())
    with pytest.raises(ConfigError, match="another folder"):
        await trainer(lora_rank=8).train(dataset, tmp_path / "run", Steps())
    other = write_dataset(tmp_path / "other", PAIRS[1:], [])
    with pytest.raises(ConfigError, match="another folder"):
        await trainer().train(other, tmp_path / "run", Steps())


async def test_settings_that_do_not_change_the_adapter_may_change(
    light: Service, trainer: Make, dataset: Dataset, tmp_path: Path
) -> None:
    light.faults.append(Fault("optim_step", refuse(400), skip=4))
    with pytest.raises(TrainingError):
        await trainer().train(dataset, tmp_path / "run", Steps())
    await trainer(save_every=3, patience=19.0, price_per_million=1.0).train(dataset, tmp_path / "run", Steps())
    assert light.steps() < 6 + 4


UNPAID = refuse(402, "no credit")
FAULTS = {
    "unpaid gradients": (Fault("retrieve_future", UNPAID, skip=5, times=10**6), AccountError, "billing"),
    "unpaid update": (Fault("retrieve_future", UNPAID, skip=6, times=10**6), AccountError, "billing"),
    "unpaid from the start": (Fault("retrieve_future", UNPAID, times=10**6), AccountError, "billing"),
    "unpaid when asked for gradients": (
        Fault("forward_backward", UNPAID, skip=2, times=10**6),
        AccountError,
        "billing",
    ),
    "unpaid when asked to update": (Fault("optim_step", UNPAID, skip=2, times=10**6), AccountError, "billing"),
    "unpaid when asked to save": (Fault("save_weights$", UNPAID, times=10**6), AccountError, "billing"),
    "unpaid export": (Fault("save_weights_external", UNPAID, times=10**6), AccountError, "billing"),
    "lost future": (Fault("retrieve_future", refuse(404, "no such future"), skip=7), TrainingError, "lost"),
    "expired future": (Fault("retrieve_future", refuse(410, "gone"), skip=7), TrainingError, "lost"),
    "expired session": (Fault("forward_backward", refuse(404, "session expired"), skip=4), TrainingError, "ended"),
    "never answers": (
        Fault(
            "retrieve_future", lambda _: {"type": "try_again", "queue_state": "paused_capacity"}, skip=7, times=10**6
        ),
        TrainingError,
        "within 3 s",
    ),
    "failed job": (
        Fault("retrieve_future", lambda _: {"error": "out of memory", "category": "server"}, skip=7),
        TrainingError,
        "out of memory",
    ),
    "refused job": (
        Fault("retrieve_future", lambda _: {"error": "too long", "category": "user"}, skip=7),
        TrainingError,
        "too long",
    ),
    "key revoked": (Fault("forward_backward", refuse(401), skip=4, times=99), AccountError, "TINKER_API_KEY"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_says_what_happened_and_the_next_run_goes_on(
    fault: str, light: Service, trainer: Make, dataset: Dataset, tiny: Path, tmp_path: Path
) -> None:
    injected, error, says = FAULTS[fault]
    light.faults.append(Fault(injected.path, injected.act, injected.skip, injected.times))
    steps = Steps()
    first = trainer(patience=3.0) if fault == "never answers" else trainer()
    with pytest.raises(error, match=says) as raised:
        await first.train(dataset, tmp_path / "run", steps)
    assert "Run again" in str(raised.value) or "Nothing was saved" in str(raised.value)
    light.faults.clear()
    done, known = max(steps), set(light.runs)
    adapter = await trainer().train(dataset, tmp_path / "run", steps)
    assert_trained_to_the_end(adapter, tiny)
    assert light.steps(known) <= 6 - done + 2


@pytest.mark.parametrize("hiccup", [refuse(500), refuse(429), refuse(503)])
async def test_what_the_sdk_retries_does_not_stop_a_run(
    hiccup: Any, light: Service, trainer: Make, dataset: Dataset, tmp_path: Path
) -> None:
    light.faults.append(Fault("optim_step|retrieve_future", hiccup, skip=3, times=1))
    await trainer().train(dataset, tmp_path / "run", Steps())
    assert light.steps() == 6


async def test_a_loss_that_is_no_number_stops_the_run(
    light: Service, trainer: Make, dataset: Dataset, tmp_path: Path
) -> None:
    light.faults.append(Fault("forward_backward", lambda body: _break_the_weights(light), skip=2))
    with pytest.raises(TrainingError, match="learning_rate"):
        await trainer().train(dataset, tmp_path / "run", Steps())


def _break_the_weights(light: Service) -> None:
    for _, lora in light.runs.values():
        lora.b = lora.b * np.nan


async def test_a_save_that_the_service_does_not_list_is_not_used(
    light: Service, trainer: Make, dataset: Dataset, tmp_path: Path
) -> None:
    light.faults.append(Fault("optim_step", refuse(400), skip=5))
    with pytest.raises(TrainingError):
        await trainer().train(dataset, tmp_path / "run", Steps())
    state = json.loads((tmp_path / "run" / "training" / "run.json").read_text())
    newest = next(save for save in state["saves"] if save["step"] == 4)
    del light.saved[f"tinker://{newest['run']}/weights/{newest['name']}"]
    known = set(light.runs)
    await trainer().train(dataset, tmp_path / "run", Steps())
    assert light.steps(known) == 6 - 2


async def test_a_save_that_was_sent_and_not_confirmed_is_used(
    light: Service, trainer: Make, dataset: Dataset, tmp_path: Path
) -> None:
    light.faults.append(Fault("save_weights$", lambda body: _save_and_break(light, body), skip=1))
    with pytest.raises(TrainingError):
        await trainer().train(dataset, tmp_path / "run", Steps())
    known, steps = set(light.runs), Steps()
    await trainer().train(dataset, tmp_path / "run", steps)
    assert light.steps(known) == 6 - 4
    assert list(steps) == [0, 1, 2, 3, 4, 5, 6]


def _save_and_break(light: Service, body: bytes) -> None:
    """The checkpoint is there, but its answer is lost and so is the session."""
    light.log.append(("save_weights", json.loads(body)))
    light.post_save_weights(json.loads(body))
    raise RefusalError(404, "session expired")
