"""Generate, judge and train with a local model: MLXChat and MLXTrainer, on Metal, on CUDA or on a CPU.

Generation runs in one worker thread (_mlx_worker) that batches concurrent calls (_mlx_batch), training in a process of its own
(_mlx_train), so the event loop stays free and nothing that mlx-lm changes globally reaches the caller.
"""

from __future__ import annotations

import json
import re
import weakref
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread
from anyio.lowlevel import current_token
from attrs import asdict, define, field, frozen
from attrs.validators import ge, gt, in_, optional

from semzip import _calls
from semzip.backends._mlx_batch import Engine, Figures, Job, Sampling
from semzip.backends._mlx_models import Source, adapter_fingerprint, check_adapter, load, sdk
from semzip.backends._mlx_run import run_training
from semzip.backends._mlx_worker import Worker
from semzip.errors import ConfigError, ReplyError
from semzip.protocols import Compressor, Message, OnStep, Schema
from semzip.records import Adapter, Dataset, Reply, Usage, digest

sdk("mlx_lm")

__all__ = ["MLXChat", "MLXTrainer"]

_POSITIVE: Any = optional(gt(0))


def _folder(path: str | Path | None) -> Path | None:
    return None if path is None else Path(path)


@define(eq=False)
class MLXChat:
    """A Chat on this machine. Concurrent calls are generated together; make many of them to make it fast.

    Args:
        model: A folder with config.json and safetensors, or a name on the Hugging Face Hub.
        adapter: Folder of an mlx-lm adapter that was trained on this model.
        temperature: 0 takes the most likely token always. Above, a prompt's draw depends on `seed` and the prompt.
        max_tokens: Most tokens of an answer where the caller does not say.
        batch_size: Most answers generated at once. Fewer where the memory ends: `figures` and the log say how many.
        memory_limit: Bytes for weights and running answers together; by default 90 % of what is free.
        idle_seconds: How long the model stays in memory without a call; the next call loads it again.
        seed: Of the draws.
        revision: Branch, tag or commit of a model on the Hub.

    Raises:
        ConfigError: There is no such model or adapter, or it may not be read (pickle weights, own code).
    """

    model: str = field(converter=str)
    adapter: Path | None = field(default=None, converter=_folder)
    temperature: float = field(default=0.2, validator=ge(0.0), kw_only=True)
    max_tokens: int = field(default=512, validator=gt(0), kw_only=True)
    batch_size: int = field(default=32, validator=gt(0), kw_only=True)
    memory_limit: int | None = field(default=None, validator=_POSITIVE, kw_only=True)
    idle_seconds: float = field(default=60.0, validator=gt(0), kw_only=True)
    seed: int = field(default=0, kw_only=True)
    revision: str | None = field(default=None, kw_only=True)
    _source: Source = field(init=False, repr=False)
    _worker: Worker = field(init=False, repr=False)
    _id: str = field(default="", init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        source = self._source = Source(self.model, self.revision)
        adapter, batch_size, memory_limit = self.adapter, self.batch_size, self.memory_limit
        if adapter is not None:
            check_adapter(adapter)
        sampling = Sampling(temperature=self.temperature, seed=self.seed)

        def start() -> Engine:
            loaded = load(source, adapter)
            return Engine(loaded, source.name, sampling, batch_size=batch_size, memory_limit=memory_limit)

        self._worker = Worker(start, self.idle_seconds)
        weakref.finalize(self, self._worker.stop)

    @property
    def id(self) -> str:
        """Fingerprint of weights, adapter, mlx-lm's version and parameters. Asks the Hub for a Hub model's commit."""
        if not self._id:
            adapter = "" if self.adapter is None else adapter_fingerprint(self.adapter)
            drawn = f"{self.temperature} {self.seed}" if self.temperature else "greedy"
            self._id = "mlx-" + digest(
                self._source.fingerprint(), adapter, drawn, str(self.max_tokens), version("mlx-lm"), "no-thinking"
            )
        return self._id

    @property
    def figures(self) -> Figures:
        """What was generated so far: steps, tokens, the largest batch, and how many sequences the memory allows."""
        return self._worker.figures

    async def send(
        self, messages: Sequence[Message], *, schema: Schema | None = None, max_tokens: int | None = None
    ) -> Reply:
        """Answer `messages`, together with the other calls that are waiting. Cancelling it stops its generation.

        Args:
            messages: The conversation; the answer follows the last one.
            schema: Asks for a JSON object that matches it. The model is told, not forced.
            max_tokens: Most tokens of this answer.

        Returns:
            The answer. `raw` has its `token_ids` and `finish_reason`: `stop`, or `length` where it was cut.

        Raises:
            ConfigError: The model cannot be loaded, or has no chat template.
            DataError: The prompt is longer than the model's context.
            BackendError: There is no memory for even one sequence.
            ReplyError: A `schema` was given and the answer is no such object.
        """
        if max_tokens is not None and max_tokens < 1:
            raise ConfigError("max_tokens must be at least 1")
        done = anyio.Event()
        asked = messages if schema is None else with_schema(messages, schema)
        job = Job(asked, max_tokens or self.max_tokens, waker(done), draw=_calls.drawn())
        self._worker.submit(job)
        try:
            await done.wait()
        finally:
            if not job.done:
                self._worker.cancel(job)
        if job.error is not None:
            raise job.error
        usage = Usage(input_tokens=len(job.prompt), output_tokens=len(job.tokens), cached_tokens=job.cached)
        text = job.text if schema is None else json_object(job.text, schema)
        return Reply(text=text, usage=usage, raw={"token_ids": job.tokens, "finish_reason": job.finish})

    async def aclose(self) -> None:
        """End the worker thread and free the model. A later `send` loads it again."""
        await to_thread.run_sync(self._worker.stop)


def waker(event: anyio.Event) -> Callable[[], None]:
    """A function that sets `event` from another thread, without waiting for the event loop to do it."""
    loop: Any = current_token().native_token
    soon = getattr(loop, "call_soon_threadsafe", None) or loop.run_sync_soon

    def wake() -> None:
        try:
            soon(event.set)
        except RuntimeError:
            # The loop has ended, and with it the call that waited.
            return

    return wake


def with_schema(messages: Sequence[Message], schema: Schema) -> list[Message]:
    """The messages, the last of them asking for JSON."""
    wish = "Answer with one JSON object that matches this JSON Schema, and nothing else:\n"
    *before, last = messages
    return [*before, {**last, "content": f"{last['content']}\n\n{wish}{json.dumps(schema, sort_keys=True)}"}]


def json_object(text: str, schema: Schema) -> str:
    """The JSON object in an answer. Raises ReplyError where there is none, or where a required key is missing."""
    answer = re.sub(r"<think>.*?</think>", "", text, flags=re.DOTALL)
    decoder = json.JSONDecoder()
    for start in (match.start() for match in re.finditer(r"\{", answer)):
        try:
            value, _ = decoder.raw_decode(answer, start)
        except json.JSONDecodeError:
            continue
        missing = [key for key in schema.get("required", ()) if key not in value]
        if missing:
            raise ReplyError(f"the model's answer lacks {', '.join(missing)}")
        return json.dumps(value, ensure_ascii=False)
    raise ReplyError("the model was asked for a JSON object and gave none")


@frozen
class MLXTrainer:
    """A Trainer on this machine: mlx-lm's tuner, in a process of its own, that can be killed and resumed.

    Args:
        model: A folder or a name on the Hugging Face Hub. 4-bit and 8-bit models are trained as they are (QLoRA).
        lora_rank: Rank of the adapter.
        lora_alpha: The adapter's output is scaled by lora_alpha / lora_rank.
        lora_layers: How many of the last layers learn; -1, or more than there are, for all.
        iters: Batches to train on.
        batch_size: Rows of a batch.
        learning_rate: Of Adam.
        grad_accumulation: Batches of one update.
        mask_prompt: Learn the answers only.
        grad_checkpoint: Less memory, more time.
        max_seq_length: Rows with more tokens are left out, counted and reported, never cut.
        steps_per_eval: Batches between two looks at the validation rows.
        save_every: Batches between two checkpoints, rounded up to whole updates.
        fine_tune_type: lora, dora or full.
        steps_per_report: Batches between two figures of the training loss.
        val_batches: Most batches of a look at the validation rows; -1 for all.
        patience: Stop after this many looks without a better validation loss; None for never.
        dropout: Of the adapter's input.
        seed: Of initial weights, order and dropout.
        revision: Branch, tag or commit of a model on the Hub.

    Raises:
        ConfigError: There is no such model, or it may not be read.
    """

    model: str = field(converter=str)
    lora_rank: int = field(default=8, validator=gt(0), kw_only=True)
    lora_alpha: float = field(default=16, validator=gt(0), kw_only=True)
    lora_layers: int = field(default=16, validator=ge(-1), kw_only=True)
    iters: int = field(default=500, validator=gt(0), kw_only=True)
    batch_size: int = field(default=2, validator=gt(0), kw_only=True)
    learning_rate: float = field(default=1e-4, validator=gt(0), kw_only=True)
    grad_accumulation: int = field(default=4, validator=gt(0), kw_only=True)
    mask_prompt: bool = field(default=True, kw_only=True)
    grad_checkpoint: bool = field(default=True, kw_only=True)
    max_seq_length: int = field(default=2048, validator=gt(1), kw_only=True)
    steps_per_eval: int = field(default=100, validator=gt(0), kw_only=True)
    save_every: int = field(default=100, validator=gt(0), kw_only=True)
    fine_tune_type: str = field(default="lora", validator=in_(("lora", "dora", "full")), kw_only=True)
    steps_per_report: int = field(default=10, validator=gt(0), kw_only=True)
    val_batches: int = field(default=25, validator=ge(-1), kw_only=True)
    patience: int | None = field(default=3, validator=_POSITIVE, kw_only=True)
    dropout: float = field(default=0.0, validator=ge(0.0), kw_only=True)
    seed: int = field(default=0, kw_only=True)
    revision: str | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        Source(self.model, self.revision)

    @property
    def id(self) -> str:
        """Fingerprint of the base model, mlx-lm's version and every parameter."""
        return self._id

    @cached_property
    def _id(self) -> str:
        settings = {key: value for key, value in asdict(self).items() if key not in ("model", "revision")}
        base = Source(self.model, self.revision).fingerprint()
        return "mlx-" + digest(base, version("mlx-lm"), json.dumps(settings, sort_keys=True))

    async def train(self, dataset: Dataset, folder: Path, on_step: OnStep) -> Adapter:
        """Train into `folder`, which becomes an adapter that `mlx_lm.load(adapter_path=)` takes.

        A folder that holds part of this training is resumed with the optimizer's state, the step and the order of the
        rows; one that holds all of it is not trained again.

        Args:
            dataset: Chat rows.
            folder: Where the adapter and, under `training/`, the checkpoints go.
            on_step: Gets `loss`, `tokens_per_second`, … every `steps_per_report` batches, and `valid_loss`.

        Returns:
            The adapter with the best validation loss; its `metrics` say which step, and how many rows were too long.

        Raises:
            TrainingError: The training cannot go on: too little data or memory, a loss that is no number, a folder
                that holds another training.
        """
        source = Source(self.model, self.revision)
        base = await to_thread.run_sync(source.folder)
        identity = await to_thread.run_sync(lambda: self.id)
        job = asdict(self) | {"base": str(base), "data": str(dataset.folder), "trainer": identity}
        metrics = await run_training(job, folder, on_step)
        return Adapter(
            folder=folder,
            id=await to_thread.run_sync(adapter_fingerprint, folder),
            trainer=identity,
            base_model=self.model,
            metrics=metrics,
        )

    async def load(self, adapter: Adapter) -> Compressor:
        """The trained model as a compressor."""
        from semzip.chat import ChatCompressor

        return ChatCompressor(MLXChat(self.model, adapter.folder, revision=self.revision))
