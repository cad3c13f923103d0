"""Which prompts are generated together, what prefix they share, and how many the memory allows.

The engine decides this for mlx-lm's BatchGenerator, which does the work. It knows nothing of threads and event loops:
that is _mlx_worker's part.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from attrs import Factory, define, frozen

from semzip.backends._mlx_memory import measure
from semzip.backends._mlx_models import Loaded, is_memory_error, sdk
from semzip.backends._mlx_prompt import Prompter
from semzip.errors import BackendError, DataError
from semzip.protocols import Message
from semzip.records import digest

logger = logging.getLogger("semzip.backends.mlx")

PREFILL = 8
"""Prompts that are read together, of like length."""
PREFILL_STEP = 512
"""Tokens of each that are read at once."""
LEAST_PREFIX = 32
"""Shared tokens that are worth a cache of their own."""
PREFIXES = 4


@define(eq=False)
class Job:
    """One call: what is asked, how to say that it is done, and what came of it."""

    messages: Sequence[Message]
    max_tokens: int
    wake: Callable[[], None]
    draw: int = 0
    prompt: list[int] = Factory(list[int])
    tokens: list[int] = Factory(list[int])
    text: str = ""
    cached: int = 0
    finish: str = ""
    error: BaseException | None = None
    done: bool = False


@define
class Figures:
    """What an engine did so far: counts, and the largest batch."""

    steps: int = 0
    generated: int = 0
    read: int = 0
    cached: int = 0
    largest_batch: int = 0
    capacity: int = 0


@frozen(kw_only=True)
class Sampling:
    """How tokens are drawn: by the seed, the prompt and the number of the draw, not by what else is in the batch."""

    temperature: float
    seed: int

    def sampler(self, job: Job) -> Any:
        """A sampler for one sequence; None for the greedy one, which a whole batch shares."""
        if self.temperature == 0:
            return None
        mx = sdk("mlx.core")
        key = mx.random.key(int(digest(f"{self.seed} {job.draw}", repr(job.prompt))[:8], 16))

        def draw(logprobs: Any) -> Any:
            nonlocal key
            key, now = mx.random.split(key)
            return mx.random.categorical(logprobs * (1 / self.temperature), key=now)

        return draw


class Engine:
    """Continuous batching over one loaded model. Not thread-safe.

    Args:
        loaded: The model.
        name: Its name, for errors.
        sampling: How tokens are drawn.
        batch_size: Most sequences at once.
        memory_limit: Bytes that weights and sequences may take together; by default 90 % of what is free.
    """

    def __init__(
        self, loaded: Loaded, name: str, sampling: Sampling, *, batch_size: int, memory_limit: int | None
    ) -> None:
        self.loaded = loaded
        self.prompter = Prompter(loaded.tokenizer, name)
        self.sampling = sampling
        self.figures = Figures(capacity=batch_size)
        self.pending: list[Job] = []
        self._running: dict[int, Job] = {}
        self._entering: list[Job] = []
        self._seen: list[list[int]] = []
        self._prefixes: dict[tuple[int, ...], Any] = {}
        self._mx = sdk("mlx.core")
        self._generate = sdk("mlx_lm.generate")
        self._make_cache = sdk("mlx_lm.models.cache").make_prompt_cache
        self._generator = self._new_generator()
        self.memory = measure(
            loaded, limit=memory_limit, rows=batch_size, reading=min(PREFILL, batch_size) * PREFILL_STEP
        )
        logger.info("%s: room for %.2f GB of sequences, up to %d at once", name, self.memory.room / 1e9, batch_size)

    @property
    def busy(self) -> bool:
        """Whether there is anything to generate."""
        return bool(self.pending or self._running)

    def add(self, job: Job) -> None:
        """Take a job. Raises SemzipError where its prompt cannot be generated from."""
        job.prompt = self.prompter.prompt(job.messages)
        context = self.loaded.config.get("max_position_embeddings")
        if context is not None:
            left = int(context) - len(job.prompt)
            if left < 1:
                raise DataError(
                    f"the prompt has {len(job.prompt):,} tokens and the model takes {context:,}: split the text"
                )
            job.max_tokens = min(job.max_tokens, left)
        self.pending.append(job)

    def cancel(self, job: Job) -> None:
        """Stop generating for a job."""
        if job in self.pending:
            self.pending.remove(job)
        uids = [uid for uid, running in self._running.items() if running is job]
        if uids:
            del self._running[uids[0]]
            self._generator.remove(uids)

    def step(self) -> list[Job]:
        """One token for every running sequence; the jobs that ended with it."""
        try:
            ended = self._refill()
            _, responses = self._generator.next()
        except RuntimeError as error:
            if not is_memory_error(error):
                raise
            return self._shrink(error)
        self.figures.steps += bool(responses)
        self.figures.largest_batch = max(self.figures.largest_batch, len(responses))
        for response in responses:
            job = self._running[response.uid]
            self.figures.generated += 1
            if response.finish_reason != "stop":
                job.tokens.append(int(response.token))
            if response.finish_reason is not None:
                del self._running[response.uid]
                job.finish = response.finish_reason
                job.text = self.loaded.tokenizer.decode(job.tokens, skip_special_tokens=True)
                ended.append(job)
        return ended

    def abandon(self) -> list[Job]:
        """Every job, given up; the engine starts anew."""
        jobs = [*self._running.values(), *self._entering, *self.pending]
        self.pending.clear()
        self._reset()
        return jobs

    def _refill(self) -> list[Job]:
        room = self.figures.capacity - len(self._running)
        if not self.pending or room < min(len(self.pending), max(1, self.figures.capacity // 4)):
            return []
        # The oldest goes first, and with it those that are most like it in length, so that little is padded.
        first, *others = self.pending
        others.sort(key=lambda job: abs(len(job.prompt) - len(first.prompt)))
        group = self._fitting([first, *others[: min(room, PREFILL) - 1]])
        if not group:
            return [] if self._running else [self._refuse(first)]
        self._entering = group
        self.pending = [job for job in self.pending if job not in group]
        for job in group:
            self._learn_prefix(job.prompt)
        caches: list[Any] = []
        for job in group:
            prefix = self._prefix(job.prompt)
            job.cached = len(prefix)
            caches.append(self._prefixes.get(prefix))
            self.figures.cached += len(prefix)
            self.figures.read += len(job.prompt) - len(prefix)
        uids = self._generator.insert(
            [job.prompt[job.cached :] for job in group],
            [job.max_tokens for job in group],
            caches=caches,
            all_tokens=[job.prompt[: job.cached] for job in group],
            samplers=[self.sampling.sampler(job) for job in group],
        )
        self._running.update(zip(uids, group, strict=True))
        self._entering = []
        return []

    def _fitting(self, group: list[Job]) -> list[Job]:
        # The caches of a batch are as long as its longest sequence, and twice there while they grow.
        fit = 0
        jobs = list(self._running.values())
        for job in group:
            jobs.append(job)
            longest = max(len(job.prompt) + job.max_tokens for job in jobs)
            if len(jobs) * self.memory.sequence(longest) > self.memory.room:
                break
            fit += 1
        if fit < len(group):
            logger.info("memory for %d of %d more sequences; the others wait", fit, len(group))
        return group[:fit]

    def _refuse(self, job: Job) -> Job:
        self.pending.remove(job)
        need = self.memory.sequence(len(job.prompt) + job.max_tokens)
        job.error = BackendError(
            f"no memory for one sequence of {len(job.prompt):,} + {job.max_tokens:,} tokens: it needs "
            f"{need / 1e9:.2f} GB, {self.memory.room / 1e9:.2f} GB are left; lower max_tokens, split the text, "
            "take a smaller model or raise memory_limit"
        )
        return job

    def _shrink(self, error: RuntimeError) -> list[Job]:
        jobs = [*self._running.values(), *self._entering]
        self._reset()
        if len(jobs) <= 1:
            for job in jobs:
                job.error = BackendError(f"no memory for one sequence of {len(job.prompt):,} tokens: {error}")
            return jobs
        self.figures.capacity = len(jobs) // 2
        logger.warning("no memory for %d sequences at once; going on with %d", len(jobs), self.figures.capacity)
        for job in jobs:
            job.tokens.clear()
        self.pending[:0] = jobs
        return []

    def _reset(self) -> None:
        self._running.clear()
        self._entering = []
        self._prefixes.clear()
        self._generator = self._new_generator()
        self._mx.clear_cache()

    def _new_generator(self) -> Any:
        return self._generate.BatchGenerator(
            self.loaded.model,
            stop_tokens=[[token] for token in sorted(self.loaded.tokenizer.eos_token_ids)],
            completion_batch_size=self.figures.capacity,
            prefill_batch_size=min(PREFILL, self.figures.capacity),
            prefill_step_size=PREFILL_STEP,
        )

    def _prefix(self, prompt: list[int]) -> tuple[int, ...]:
        fitting = (p for p in self._prefixes if len(p) < len(prompt) and shared([*p], prompt) == len(p))
        return max(fitting, key=len, default=())

    def _learn_prefix(self, prompt: list[int]) -> None:
        length = min(max((shared(prompt, other) for other in self._seen), default=0), len(prompt) - 1)
        self._seen = [*self._seen[-15:], prompt]
        known = self._prefix(prompt)
        if length < len(known) + LEAST_PREFIX:
            if known:
                self._prefixes[known] = self._prefixes.pop(known)
            return
        cache = self._make_cache(self.loaded.model)
        with self._mx.stream(self._generator.stream):
            for start in range(0, length, PREFILL_STEP):
                self._read(prompt[start : min(start + PREFILL_STEP, length)], cache)
        self.figures.read += length
        self._prefixes[tuple(prompt[:length])] = cache
        if len(self._prefixes) > PREFIXES:
            del self._prefixes[next(iter(self._prefixes))]

    def _read(self, tokens: list[int], cache: Any) -> None:
        self.loaded.model(self._mx.array(tokens)[None], cache=cache)
        self._mx.eval([layer.state for layer in cache])


def shared(a: list[int], b: list[int]) -> int:
    """How many tokens `a` and `b` have in common from the start."""
    for number, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return number
    return min(len(a), len(b))
