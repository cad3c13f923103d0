"""Efficiency against a rate limit, over real HTTP: the table of cases A to F.

Efficiency = T* / time from the first call to the last answer, where T* = (calls - burst) / limit + one median latency;
rejected = share of requests answered 429. Each server is a process of its own. Medians over the seeds.

    python tests/bench/bench_limits.py            every case, one seed
    python tests/bench/bench_limits.py A B --seeds 5
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import anyio

from semzip import ChatCompressor, ChatJudge, Passage
from semzip._calls import paid_calls
from semzip.backends.anthropic import AnthropicChat
from semzip.backends.openai import OpenAIChat
from semzip.costs import Price

HERE = Path(__file__).resolve()
SERVER = HERE.parent.parent / "loopback" / "server.py"
LATENCY = 0.4
BURST = 50
IN_FLIGHT = 256
"""Items under way, as the pipeline has them: no concurrency of requests is set anywhere."""


@contextlib.contextmanager
def server(**settings: Any) -> Iterator[str]:
    """A loopback provider in its own process; its address."""
    settings = {"median": LATENCY, "burst": BURST, **settings}
    process = subprocess.Popen([sys.executable, str(SERVER), json.dumps(settings)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def stats(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(url + "/_stats") as answer:
        return json.load(answer)


def rejected(facts: dict[str, Any]) -> float:
    return facts["statuses"].get("429", 0) / sum(facts["statuses"].values())


async def calls(url: str, number: int, store: Any = None) -> None:
    """`number` different calls."""
    chat = OpenAIChat("m", base_url=url + "/v1", price=Price(1, 1))

    async def work(todo: Iterator[int]) -> None:
        for item in todo:
            await chat.send([{"role": "user", "content": f"text {item} of the run"}], max_tokens=64)

    todo = iter(range(number))
    async with paid_calls(store, None), anyio.create_task_group() as group:
        for _ in range(IN_FLIGHT):
            group.start_soon(work, todo)
    await chat.aclose()


def measure(number: int, best: float, seed: int, **settings: Any) -> tuple[float, float]:
    with server(seed=seed, **settings) as url:
        asyncio.run(calls(url, number))
        facts = stats(url)
    assert facts["distinct"] == number, facts
    return best / facts["span"], rejected(facts)


def case_a(seed: int) -> tuple[float, float]:
    return measure(6000, (6000 - BURST) / 50 + LATENCY, seed, rpm=3000)


def case_b(seed: int) -> tuple[float, float]:
    return measure(2400, (2400 - BURST) / 20 + LATENCY, seed, rpm=1200, announce="3000")


def case_b_late(seed: int) -> tuple[float, float]:
    settings = {"rpm": 1200, "announce": "3000", "late": True, "retry_after": "1"}
    return measure(2400, (2400 - BURST) / 20 + LATENCY, seed, **settings)


def case_c(seed: int, announce: str = "3000") -> tuple[float, float]:
    # 20 s at 50 a second and the burst, 60 s at 12.5, the rest at 50.
    best = 20 + 60 + (4500 - (20 * 50 + BURST) - 60 * 12.5) / 50 + LATENCY
    return measure(4500, best, seed, rpm=3000, announce=announce, drops=[[20, 80, 0.25]])


def case_c_truth(seed: int) -> tuple[float, float]:
    return case_c(seed, "truth")


def case_d(seed: int) -> tuple[float, float]:
    """1 compression and 2 judges x 2 tasks x 2 texts, on two providers."""
    with server(seed=seed, rpm=3000) as first, server(seed=seed + 100, rpm=3000) as second:
        asyncio.run(passages(first, second, 500))
        facts = [stats(url) for url in (first, second)]
    assert [each["distinct"] for each in facts] == [500 * 5, 500 * 4], facts
    return ((2500 - BURST) / 50 + LATENCY) / facts[0]["span"], max(map(rejected, facts))


async def passages(first: str, second: str, number: int) -> None:
    claude = AnthropicChat("m", base_url=first, price=Price(1, 1))
    gpt = OpenAIChat("m", base_url=second + "/v1", price=Price(1, 1))
    compressor = ChatCompressor(claude)
    judges = (ChatJudge(claude, method="tasks"), ChatJudge(gpt, method="tasks"))

    async def work(todo: Iterator[int]) -> None:
        for item in todo:
            text = " ".join(f"word{item} number {place}" for place in range(20))
            pair = await compressor.compress(Passage(text))
            async with anyio.create_task_group() as both:
                for judge in judges:
                    both.start_soon(judge.judge, pair)

    todo = iter(range(number))
    async with paid_calls(None, None), anyio.create_task_group() as group:
        for _ in range(IN_FLIGHT):
            group.start_soon(work, todo)
    await claude.aclose()
    await gpt.aclose()


def case_e(seed: int) -> tuple[float, float]:
    """Faults: every item done, none lost. Efficiency is against the limit alone, stragglers of 60 s included."""
    faults = {"error_500": 0.025, "error_529": 0.025, "reset": 0.01, "cut": 0.01, "slow": 0.01}
    return measure(3000, (3000 - BURST) / 50 + LATENCY, seed, rpm=3000, **faults)


def case_f(seed: int, number: int = 600, *, stop: int = signal.SIGKILL) -> tuple[int, int]:
    """Stop at 25, 50 and 75 %: requests paid twice, and those sent whose answers were not yet committed, summed up."""
    under_way = lost = 0
    with server(seed=seed, rpm=3000) as url, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(HERE), "--client", url, folder, str(number)]
        for share in (0.25, 0.5, 0.75, None):
            process = subprocess.Popen(command)
            if share is None:
                assert process.wait() == 0
                break
            while stats(url)["paid"] < share * number:
                time.sleep(0.01)
            os.kill(process.pid, stop)
            process.wait()
            facts = stats(url)
            sent = facts["paid"] + facts["under_way"]
            kept = committed(folder)
            # What an earlier kill lost was paid before this run began.
            under_way += sent - lost - kept
            lost = sent - kept
            time.sleep(3 * LATENCY)
        facts = stats(url)
        assert facts["distinct"] == number, facts
    return facts["paid"] - number, under_way


def committed(folder: str) -> int:
    """Answers that the store in `folder` has on disk."""
    with contextlib.closing(sqlite3.connect(Path(folder) / "run.db")) as database:
        return database.execute("SELECT count(*) FROM items WHERE kind = 'call'").fetchone()[0]


def case_f_term(seed: int) -> tuple[int, int]:
    return case_f(seed, stop=signal.SIGTERM)


async def client(url: str, folder: str, number: int) -> None:
    """One run of case F: stopped in order by SIGTERM, at once by SIGKILL."""
    from semzip.stores.sqlite import SQLiteStore

    store = SQLiteStore(Path(folder) / "run.db")
    async with anyio.create_task_group() as group:

        async def stop() -> None:
            with anyio.open_signal_receiver(signal.SIGTERM) as signals:
                async for _ in signals:
                    group.cancel_scope.cancel()

        group.start_soon(stop)
        await calls(url, number, store)
        group.cancel_scope.cancel()


CASES = {
    "A": (case_a, "3,000 RPM announced truthfully, 6,000 calls"),
    "B": (case_b, "real limit 1,200 RPM, headers say 3,000, 2,400 calls"),
    "B late": (case_b_late, "the same, 429s as slow as answers, Retry-After 1 s"),
    "C": (case_c, "3,000 RPM, a quarter for 60 s, headers say 3,000, 4,500 calls"),
    "C truth": (case_c_truth, "the same, headers follow the limit"),
    "D": (case_d, "1 compression + 2 judges x 2 tasks x 2 texts, two providers, 500 passages"),
    "E": (case_e, "5 % 500/529, 2 % resets and cut-off bodies, 1 % take 60 s, 3,000 calls"),
    "F": (case_f, "kill -9 at 25, 50, 75 %, 600 calls"),
    "F term": (case_f_term, "SIGTERM at 25, 50, 75 %, 600 calls"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=[], help=", ".join(CASES))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--client", nargs=3, metavar=("URL", "FOLDER", "CALLS"))
    args = parser.parse_args()
    if args.client:
        asyncio.run(client(args.client[0], args.client[1], int(args.client[2])))
        return
    print("| case | what | efficiency | rejected | efficiency by seed |\n|---|---|---|---|---|")
    for name in args.cases or CASES:
        case, what = CASES[name]
        rows = [case(seed) for seed in range(args.seeds)]
        if name.startswith("F"):
            paid, most = (median(column) for column in zip(*rows, strict=True))
            print(f"| {name} | {what} | paid twice: {paid:.0f}, under way: {most:.0f} | – | |", flush=True)
            continue
        efficiency, share = (median(column) for column in zip(*rows, strict=True))
        seeds = " ".join(f"{row[0]:.3f}" for row in rows)
        print(f"| {name} | {what} | {efficiency:.3f} | {share:.1%} | {seeds} |", flush=True)


if __name__ == "__main__":
    main()
