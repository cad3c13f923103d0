from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest
from light_service import Fault, Service, refuse
from test_tinker_train import Steps

from semzip._calls import paid_calls
from semzip.backends._tinker_rates import advised_rate
from semzip.backends.tinker import TinkerTrainer
from semzip.costs import Budget
from semzip.errors import BudgetError, ConfigError, TrainingError
from semzip.records import Dataset
from semzip.stores import SQLiteStore

pytestmark = pytest.mark.anyio
Make = Callable[..., TinkerTrainer]


async def test_a_training_is_counted_in_the_budget(
    light: Service, trainer: Make, dataset: Dataset, tmp_path: Path
) -> None:
    make = trainer(price_per_million=100.0)
    usd = make.estimate(dataset).usd
    assert usd is not None
    async with aclosing(SQLiteStore(tmp_path / "run.db")) as store, paid_calls(store, Budget(usd * 1.001)) as session:
        await make.train(dataset, tmp_path / "run", Steps())
        assert session.ledger.spent == pytest.approx(usd)
    assert light.steps() == 6


async def test_a_training_beyond_the_budget_is_not_begun(
    light: Service, trainer: Make, dataset: Dataset, tmp_path: Path
) -> None:
    make = trainer(price_per_million=100.0)
    usd = make.estimate(dataset).usd
    assert usd is not None
    async with paid_calls(None, Budget(usd * 0.99)):
        with pytest.raises(BudgetError, match="training tiny costs"):
            await make.train(dataset, tmp_path / "run", Steps())
        with pytest.raises(BudgetError, match="price"):
            await trainer().train(dataset, tmp_path / "other", Steps())
    assert not any(path == "create_model" for path, _ in light.log)


async def test_a_resumed_training_pays_for_the_steps_in_doubt_only(
    light: Service, trainer: Make, dataset: Dataset, tmp_path: Path
) -> None:
    make = trainer(price_per_million=100.0, valid_rows=0)
    usd = make.estimate(dataset).usd
    assert usd is not None
    light.faults.append(Fault("optim_step", refuse(400), skip=4))
    async with aclosing(SQLiteStore(tmp_path / "run.db")) as store:
        async with paid_calls(store, Budget(usd * 2)):
            with pytest.raises(TrainingError):
                await make.train(dataset, tmp_path / "run", Steps())
        async with paid_calls(store, Budget(usd * 2)) as session:
            await make.train(dataset, tmp_path / "run", Steps())
            assert session.ledger.spent < usd * (1 + 0.5)


def test_the_advised_rate(tiny: Path) -> None:
    assert advised_rate("Qwen/Qwen3-8B", str(tiny)) == pytest.approx(5e-4 * (2000 / 64) ** 0.0775)


def test_a_model_without_advice_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(ConfigError, match="set a number"):
        advised_rate("openai/gpt2", str(tmp_path))
    with pytest.raises(ConfigError, match="set learning_rate"):
        advised_rate("Qwen/none", str(tmp_path / "nothing"))


async def test_auto_is_the_advised_rate(
    light: Service, trainer: Make, dataset: Dataset, tiny: Path, tmp_path: Path
) -> None:
    steps = Steps()
    await trainer(learning_rate="auto", warmup_ratio=0, num_epochs=1).train(dataset, tmp_path / "run", steps)
    assert steps[1]["learning_rate"] == pytest.approx(advised_rate("Qwen3", str(tiny)))
