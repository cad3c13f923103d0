"""Train and sample on Thinking Machines' Tinker: TinkerTrainer makes an adapter in the cloud, TinkerChat answers with it there."""

from __future__ import annotations

import re
from contextvars import Context
from pathlib import Path
from typing import Any, Literal

import anyio
from attrs import Attribute, asdict, field, frozen

from semzip.errors import ConfigError, MissingBackendError
from semzip.protocols import Compressor, OnStep
from semzip.records import Adapter, Dataset, digest

try:
    from semzip.backends._tinker_chat import TinkerChat
    from semzip.backends._tinker_export import CONFIG, SOURCE, WEIGHTS, download_adapter, read_source
    from semzip.backends._tinker_funds import Job
    from semzip.backends._tinker_plan import Schedule
    from semzip.backends._tinker_prepare import Prepared, prepare
    from semzip.backends._tinker_prices import TrainingEstimate
    from semzip.backends._tinker_service import Service
    from semzip.backends._tinker_state import read_steps
    from semzip.backends._tinker_train import Run, Trained
except ModuleNotFoundError as error:
    if (error.name or "").startswith("semzip"):
        raise
    raise MissingBackendError(f"{error.name} is not installed: pip install 'semzip[tinker]'") from error

__all__ = ["TinkerChat", "TinkerTrainer", "TrainingEstimate"]

_ALGORITHM = "1"
"""Changes when the same settings and rows would train another adapter."""

_ALPHA = "Tinker has no alpha: it scales every adapter by 32 / rank. Leave it out, and set learning_rate (or 'auto')"
_DROPOUT = (
    "Tinker has no dropout. Leave it out; fewer num_epochs, a lower lora_rank or more rows work against overfitting"
)
_MODULES = "Tinker does not take a list of modules: choose with train_attn, train_mlp and train_unembed"


def _absent(why: str) -> Any:
    """An argument that other trainers have and Tinker has not: given, it says what Tinker has instead."""

    def refuse(_: object, __: object, value: object) -> None:
        if value is not None:
            raise ConfigError(why)

    return field(default=None, validator=refuse, repr=False)


def _number(default: Any, low: float, high: float = float("inf")) -> Any:
    """A number in [low, high]."""

    def check(_: object, attribute: Attribute[Any], value: Any) -> None:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise ConfigError(f"{attribute.name} must be a number from {low:g} to {high:g}, not {value!r}")
        if isinstance(default, int) and value != int(value):
            raise ConfigError(f"{attribute.name} must be a whole number, not {value!r}")

    return field(default=default, validator=check)


@frozen(kw_only=True)
class TinkerTrainer:
    """Trains a LoRA adapter of a base model on Tinker, and brings it home as a PEFT folder.

    A run that was stopped, at any moment, is gone on with by calling `train` again with the same folder: at most
    `save_every` steps are trained again.

    Args:
        base_model: A model of the service, such as `Qwen/Qwen3-8B`.
        lora_rank: Rank of the adapter.
        num_epochs: Times that each row is seen.
        batch_size: Rows of a step.
        learning_rate: The highest rate, or "auto": the service's own advice for the model.
        warmup_ratio: Share of the steps in which the rate rises.
        schedule: How the rate falls to 0 after them.
        max_seq_length: Longest row in tokens; a longer one is cut at its end.
        train_mlp: Train the feed-forward layers.
        train_attn: Train the attention layers.
        train_unembed: Train the output layer; with tied embeddings such an adapter cannot be converted exactly.
        seed: Of the adapter's first weights and of the order of the rows.
        save_every: Steps from one saved state to the next.
        valid_every: Steps from one validation loss to the next; by default ten times in a run.
        valid_rows: Most rows that a validation loss takes; they are paid for too.
        name: Beginning of the checkpoints' names: letters, digits, `-` and `_`.
        tokenizer: Hub name or folder of the tokenizer, if it is not the base model's.
        price_per_million: US dollars per million trained tokens, instead of the dated list price.
        base_url: The API, instead of `TINKER_BASE_URL`.
        api_key: The key, instead of `TINKER_API_KEY`.
        patience: Seconds that the service may take for one answer.
        alpha: Not on Tinker, like `lora_alpha`, `dropout`, `lora_dropout` and `target_modules`: giving it is an error.

    Raises:
        ConfigError: An argument is out of range, or does not exist on Tinker.
    """

    base_model: str = field(default="Qwen/Qwen3-8B", kw_only=False)
    lora_rank: int = _number(64, 1)
    num_epochs: int = _number(3, 1)
    batch_size: int = _number(4, 1)
    learning_rate: float | Literal["auto"] = field(default=2e-4)
    warmup_ratio: float = _number(0.03, 0, 1)
    schedule: Schedule = field(default="linear")
    max_seq_length: int = _number(2048, 2)
    train_mlp: bool = True
    train_attn: bool = True
    train_unembed: bool = False
    seed: int = _number(0, 0, 2**31 - 1)
    save_every: int = _number(100, 1)
    valid_every: int | None = None
    valid_rows: int = _number(100, 0)
    name: str = field(default="semzip")
    tokenizer: str | None = None
    price_per_million: float | None = None
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    patience: float = _number(1800.0, 0.1)
    alpha: None = _absent(_ALPHA)
    lora_alpha: None = _absent(_ALPHA)
    dropout: None = _absent(_DROPOUT)
    lora_dropout: None = _absent(_DROPOUT)
    target_modules: None = _absent(_MODULES)

    def __attrs_post_init__(self) -> None:
        """What no single argument decides."""
        rate: Any = self.learning_rate
        if rate != "auto" and (isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < 1):
            raise ConfigError(f"learning_rate must be 'auto' or a number between 0 and 1, not {rate!r}")
        if self.schedule not in {"linear", "cosine"}:
            raise ConfigError(f"schedule must be 'linear' or 'cosine', not {self.schedule!r}")
        if not (self.train_mlp or self.train_attn or self.train_unembed):
            raise ConfigError("nothing would be trained: set train_mlp, train_attn or train_unembed")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.name):
            raise ConfigError(f"name must be 1 to 64 letters, digits, '-' or '_', not {self.name!r}")
        if self.valid_every is not None and self.valid_every < 1:
            raise ConfigError("valid_every must be 1 or more")

    @property
    def id(self) -> str:
        """Fingerprint of all that decides the adapter, the rows apart."""
        apart = {
            "save_every",
            "valid_every",
            "valid_rows",
            "name",
            "price_per_million",
            "base_url",
            "api_key",
            "patience",
        }
        decisive = {name: value for name, value in asdict(self).items() if name not in apart and value is not None}
        return "tinker-" + digest(_ALGORITHM, repr(sorted(decisive.items())))

    async def check(self) -> None:
        """Check the service, the key, the model and the tokenizer, within 30 s.

        Raises:
            ConfigError: The service has no such model, or it takes no such long rows.
            AccountError: No key, a refused one, or an unpaid bill.
            UnavailableError: Nothing answers.
        """
        await self._service.check(self.base_model, tokens=self.max_seq_length)

    def estimate(self, dataset: Dataset) -> TrainingEstimate:
        """Exactly what training on `dataset` will send, and its price. Nothing is sent.

        Raises:
            DataError: There is no row to train on.
            ConfigError: The tokenizer cannot be had.
        """
        return self._prepare(dataset).estimate(self.base_model, self.price_per_million)

    async def train(self, dataset: Dataset, folder: Path, on_step: OnStep) -> Adapter:
        """Train, export and download; a folder that holds part of this training is gone on with.

        Args:
            dataset: Chat rows; the splits train and valid are used.
            folder: Becomes the PEFT folder; the run's state is kept in its `training`.
            on_step: Called with the number of each step (from 1) and its loss, learning_rate and tokens, and where
                it was measured valid_loss: nats per token of the answers. On step 0, the estimate.

        Raises:
            TrainingError: The run cannot go on now; what to do is in the message.
            AccountError: The key or the bill.
            ConfigError: The folder holds another training.
        """
        work = folder / "training"
        await anyio.Path(work).mkdir(parents=True, exist_ok=True)
        prepared = await anyio.to_thread.run_sync(self._prepare, dataset)
        fingerprint = digest(self.id, prepared.fingerprint)
        if not await anyio.Path(folder / SOURCE).exists() or read_source(folder)["fingerprint"] != fingerprint:
            await self.check()
            estimate = prepared.estimate(self.base_model, self.price_per_million)
            on_step(0, estimate.figures())
            job = self._job(prepared, work, fingerprint, estimate.price_per_million)
            trained = await Run(self._service, job, on_step).finish()
            await self._fetch(trained, work, folder, fingerprint)
        else:
            for step, figures in sorted(read_steps(work).items()):
                on_step(step, figures)
        metrics = read_source(folder)["metrics"]
        identity = await anyio.to_thread.run_sync(_hash, folder)
        return Adapter(folder=folder, id=identity, trainer=self.id, base_model=self.base_model, metrics=metrics)

    async def load(self, adapter: Adapter) -> Compressor:
        """The trained compressor, sampled on the service; nothing is downloaded.

        Raises:
            ConfigError: The adapter was not trained on Tinker.
        """
        from semzip.chat import ChatCompressor

        source = read_source(adapter.folder)
        chat = TinkerChat(
            source["sampler"],
            base_model=source["base_model"],
            tokenizer=self.tokenizer,
            base_url=self.base_url,
            api_key=self.api_key,
            patience=self.patience,
        )
        return ChatCompressor(chat)

    @property
    def _service(self) -> Service:
        return Service(self.base_url, self.api_key, self.patience)

    async def _fetch(self, trained: Trained, work: Path, folder: Path, fingerprint: str) -> None:
        service = self._service
        rest = await service.background(service.rest, "the download")
        source = {
            "base_model": self.base_model,
            "sampler": trained.sampler,
            "external": trained.external,
            "fingerprint": fingerprint,
            "metrics": dict(trained.figures),
        }
        await download_adapter(
            lambda: service.wait(
                Context().run(rest.get_external_weights_urls, trained.external), "the download's addresses"
            ),
            work,
            folder,
            source=source,
        )

    def _prepare(self, dataset: Dataset) -> Prepared:
        return prepare(
            dataset,
            base_model=self.base_model,
            tokenizer=self.tokenizer,
            max_length=self.max_seq_length,
            epochs=self.num_epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            warmup_ratio=self.warmup_ratio,
            schedule=self.schedule,
            seed=self.seed,
            valid_every=self.valid_every,
            valid_rows=self.valid_rows,
        )

    def _job(self, prepared: Prepared, folder: Path, fingerprint: str, price: float | None) -> Job:
        return Job(
            base_model=self.base_model,
            lora={
                "rank": self.lora_rank,
                "seed": self.seed,
                "train_mlp": self.train_mlp,
                "train_attn": self.train_attn,
                "train_unembed": self.train_unembed,
            },
            plan=prepared.plan,
            rows=prepared.rows,
            valid=prepared.valid,
            valid_every=prepared.valid_every,
            save_every=self.save_every,
            name=self.name,
            folder=folder,
            fingerprint=fingerprint,
            price=price,
        )


def _hash(folder: Path) -> str:
    """Of the weights and the configuration."""
    return "adapter-" + digest(*((folder / name).read_bytes().hex() for name in (WEIGHTS, CONFIG)))
