"""One training run on Tinker: submitted a step ahead, saved with its state, resumed from the newest save that both sides list."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from contextvars import Context
from functools import partial

import tinker
from attrs import define, frozen
from tinker import types

from semzip.backends._tinker_funds import Funds, Job
from semzip.backends._tinker_rows import Example
from semzip.backends._tinker_service import Service, Status
from semzip.backends._tinker_state import RunState, Saved, read_state, read_steps, write_state, write_step
from semzip.errors import AccountError, BackendError, ConfigError, TrainingError
from semzip.protocols import OnStep

_KEPT_SECONDS = 7 * 24 * 3600
"""How long the service keeps a state or a download. The final sampler weights stay."""


@frozen(kw_only=True)
class Trained:
    """What a finished run left on the service.

    Args:
        external: Address of the downloadable files.
        sampler: Address of the weights to sample from.
        figures: The last loss on train and valid.
    """

    external: str
    sampler: str
    figures: Mapping[str, float]


@define
class _Step:
    number: int
    rate: float
    rows: Sequence[Example]
    forward_backward: tinker.APIFuture[types.ForwardBackwardOutput]
    optim: tinker.APIFuture[types.OptimStepResponse]
    valid: tinker.APIFuture[types.ForwardBackwardOutput] | None = None
    save: tinker.APIFuture[types.SaveWeightsResponse] | None = None


class Run:
    """A run of a job. What it did is in the job's folder; `finish` does what is left.

    Args:
        service: Where to train.
        job: What to train.
        on_step: Called with each step and its figures.
    """

    def __init__(self, service: Service, job: Job, on_step: OnStep) -> None:
        self._service = service
        self._job = job
        self._on_step = on_step
        self._state: RunState = read_state(job.folder, job.fingerprint)
        self._figures: dict[str, float] = {}
        self._funds = Funds(job)

    async def finish(self) -> Trained:
        """Train what is left to train, and export.

        Raises:
            TrainingError: The service lost the run, or does not answer; run again to go on.
            AccountError: The key or the bill.
        """
        with self._service.words:
            return await self._finish()

    async def _finish(self) -> Trained:
        listed = await self._listed()
        if (exported := self._exported(listed)) is not None:
            self._replay(self._job.plan.steps)
            return Trained(external=exported[0], sampler=exported[1], figures=self._figures)
        client = self._service.client(created_by="semzip", name=self._job.name)
        status: Status = "interrupted"
        try:
            trained = await self._run(client, listed)
            status = "success"
        except (BackendError, ConfigError) as error:
            status = "errored"
            kind = AccountError if isinstance(error, AccountError) else TrainingError
            raise kind(f"{error} {self._way_on()}") from error
        except Exception:
            status = "errored"
            raise
        finally:
            await self._service.close(client, status)
        return trained

    async def _run(self, client: tinker.ServiceClient, listed: Mapping[tuple[str, str, str], str]) -> Trained:
        # A save is sent before its step's answers are back: only one whose step was reported is what it says.
        reported = read_steps(self._job.folder)
        saves = (save for save in self._state.of_kind("weights") if _key(save) in listed and save.step in reported)
        newest = next(saves, None)
        done = newest.step if newest else 0
        await self._funds.check(done)
        if newest is None:
            create = partial(client.create_lora_training_client, self._job.base_model, **self._job.lora)
            promise = await self._service.background(create, "the training session")
        else:
            restore = partial(client.create_training_client_from_state_with_optimizer, listed[_key(newest)])
            promise = await self._service.background(restore, "the training session")
        trainer = await self._service.wait(promise, "the creation of the training client")
        self._replay(done)
        await self._steps(trainer, done)
        return await self._export(trainer)

    async def _steps(self, trainer: tinker.TrainingClient, done: int) -> None:
        """Every step after `done`; one more than is waited for is always queued, so the service never waits for us."""
        queued: deque[_Step] = deque()
        for number in range(done + 1, self._job.plan.steps + 1):
            if number == done + 1 or self._job.saves(number - 1):
                while queued and self._funds.tight(number):
                    await self._collect(queued.popleft())
                await self._funds.reserve(number)
            queued.append(Context().run(self._submit, trainer, number))
            if len(queued) > 1:
                await self._collect(queued.popleft())
        while queued:
            await self._collect(queued.popleft())

    def _submit(self, trainer: tinker.TrainingClient, number: int) -> _Step:
        job = self._job
        rows = [job.rows[index] for index in job.plan.batch(number)]
        rate = job.plan.rate(number)
        step = _Step(
            number,
            rate,
            rows,
            trainer.forward_backward([datum(row) for row in rows], "cross_entropy"),
            trainer.optim_step(types.AdamParams(learning_rate=rate)),
        )
        if job.measures(number):
            step.valid = trainer.forward([datum(row) for row in job.valid], "cross_entropy")
        if job.saves(number):
            save = Saved(run=trainer.model_id, name=f"{job.name}-{number:06d}", step=number, kind="weights")
            self._remember(save)
            step.save = trainer.save_state(save.name, ttl_seconds=_KEPT_SECONDS)
        return step

    async def _collect(self, step: _Step) -> None:
        at = f"step {step.number}"
        output = await self._service.wait(step.forward_backward, f"the gradients of {at}")
        await self._service.wait(step.optim, f"the update of {at}")
        figures = {
            "loss": loss_per_token(step.rows, output),
            "learning_rate": step.rate,
            "tokens": float(sum(row.trained for row in step.rows)),
        }
        if not math.isfinite(figures["loss"]):
            raise TrainingError(f"the loss of {at} is not a number: start anew with a lower learning_rate")
        if step.valid is not None:
            measured = await self._service.wait(step.valid, f"the validation loss of {at}")
            figures["valid_loss"] = loss_per_token(self._job.valid, measured)
        self._report(step.number, figures)
        write_step(self._job.folder, step.number, figures)
        if step.save is not None:
            await self._service.wait(step.save, f"the checkpoint of {at}")
            await self._funds.settle()

    def _replay(self, done: int) -> None:
        """Report the steps of earlier starts, so that who listens has the whole curve."""
        for number, figures in sorted(read_steps(self._job.folder).items()):
            if number <= done:
                self._report(number, figures)

    def _report(self, number: int, figures: Mapping[str, float]) -> None:
        self._figures.update({name: value for name, value in figures.items() if name != "tokens"})
        self._on_step(number, figures)

    async def _export(self, trainer: tinker.TrainingClient) -> Trained:
        name, last = f"{self._job.name}-final", self._job.plan.steps
        self._remember(
            Saved(run=trainer.model_id, name=name, step=last, kind="sampler_weights"),
            Saved(run=trainer.model_id, name=name, step=last, kind="external_weights"),
        )
        sampling = Context().run(trainer.save_weights_for_sampler, name)
        external = Context().run(trainer.save_weights_external, name, ttl_seconds=_KEPT_SECONDS)
        sampler = (await self._service.wait(sampling, "the sampler weights")).path
        files = (await self._service.wait(external, "the downloadable weights")).path
        return Trained(external=files, sampler=sampler, figures=self._figures)

    def _exported(self, listed: Mapping[tuple[str, str, str], str]) -> tuple[str, str] | None:
        """Files and sampler weights that an earlier start exported, if the service has both."""
        for save in self._state.of_kind("external_weights"):
            external = listed.get(_key(save))
            sampler = listed.get((save.run, "sampler_weights", save.name))
            if external and sampler:
                return external, sampler
        return None

    async def _listed(self) -> dict[tuple[str, str, str], str]:
        """Addresses of our saves that the service has, by run, kind and name. A save that it does not list never was."""
        found: dict[tuple[str, str, str], str] = {}
        runs = list(dict.fromkeys(save.run for save in self._state.saves))
        if not runs:
            return found
        rest = await self._service.background(self._service.rest, "the list of checkpoints")
        for run in runs:
            try:
                promise = Context().run(rest.list_checkpoints, run)
                answer = await self._service.wait(promise, "the list of checkpoints")
            except ConfigError:  # 404: the run is gone, and its checkpoints with it
                continue
            for entry in answer.checkpoints:
                _, kind, name = entry.tinker_path.removeprefix("tinker://").split("/", 2)
                found[run, kind, name] = entry.tinker_path
        return found

    def _remember(self, *saves: Saved) -> None:
        self._state = self._state.with_saves(*saves)
        write_state(self._job.folder, self._state)

    def _way_on(self) -> str:
        saved = self._state.of_kind("weights")
        if not saved:
            return "Nothing was saved yet; run again to start."
        return f"Run again to go on from the newest checkpoint that Tinker lists, at most step {saved[0].step}."


def _key(save: Saved) -> tuple[str, str, str]:
    return save.run, save.kind, save.name


def datum(example: Example) -> types.Datum:
    """A row as the service takes it: each position says the next token, with its weight in the loss."""
    return types.Datum(
        model_input=types.ModelInput.from_ints(example.inputs),
        loss_fn_inputs={"target_tokens": example.targets, "weights": example.weights},  # type: ignore[dict-item]
    )


def loss_per_token(rows: Sequence[Example], output: types.ForwardBackwardOutput) -> float:
    """Weighted negative log-likelihood per weighted token, in nats.

    Raises:
        TrainingError: The service answered for another number of rows or tokens.
    """
    total = count = 0.0
    if len(output.loss_fn_outputs) != len(rows):
        raise TrainingError(f"Tinker answered for {len(output.loss_fn_outputs)} rows of {len(rows)}")
    for row, answer in zip(rows, output.loss_fn_outputs, strict=True):
        logprobs, weights = answer["logprobs"].data, row.weights
        if len(logprobs) < len(weights):
            raise TrainingError(f"Tinker answered for {len(logprobs)} tokens of {len(weights)}")
        total -= sum(weight * logprob for weight, logprob in zip(weights, logprobs, strict=False) if weight)
        count += sum(weights)
    return total / count
