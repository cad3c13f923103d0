"""The command line: thin, over the library's own functions.

Exit codes: 0 done, 1 a check failed, 2 an error that the message explains, 3 a run missed its targets, 130 stopped.
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from semzip import __version__, check, compress
from semzip.errors import ConfigError, DataError, SemzipError, StoppedError, telling
from semzip.records import DOMAINS, Compression, Domain, Report, Verdict

if TYPE_CHECKING:
    from semzip.runfile import Settings

_CHATS = "anthropic:MODEL, openai:MODEL, mlx:MODEL[+ADAPTER], tinker:MODEL"
_TRAINERS = "mlx:MODEL, tinker:MODEL"

OK, CHECK_FAILED, ERROR, TARGETS_MISSED, STOPPED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except StoppedError as error:
        sys.stderr.write(f"semzip: {error}\n")
        return STOPPED
    except SemzipError as error:
        sys.stderr.write(f"semzip: {error}\n")
        return ERROR
    except BrokenPipeError:
        sys.stderr.close()
        return ERROR
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="semzip", description="Far fewer tokens, the same reasoning, proven text by text."
    )
    parser.add_argument("--version", action="version", version=f"semzip {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    shorten = commands.add_parser("compress", help="shorten a text and check it")
    shorten.add_argument("file", help="a text file, or - for standard input")
    shorten.add_argument(
        "--target-ratio", type=float, metavar="R", help="compressed / original tokens to reach, (0, 1]"
    )
    shorten.add_argument("--max-tokens", type=int, metavar="N", help="most tokens of the result")
    shorten.add_argument("--question", help="what the reader will be asked")
    shorten.add_argument("--domain", choices=DOMAINS, help="detected by default")
    shorten.add_argument("--tokenizer", default="o200k_base", help="the tokenizer that counts (default: %(default)s)")
    shorten.add_argument(
        "--model", metavar="SPEC", help=f"let a model shorten: {_CHATS}; what fails the check is not used"
    )
    form = shorten.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print all of the result as JSON")
    form.add_argument("--diff", action="store_true", help="print the original with dropped words struck out")
    shorten.set_defaults(run=_compress)

    compare = commands.add_parser("check", help="list what a compressed text lost; exit 1 if it fails")
    compare.add_argument("original", type=Path)
    compare.add_argument("compressed", type=Path)
    compare.add_argument("--domain", choices=DOMAINS, help="detected by default")
    compare.add_argument("--json", action="store_true", help="print the verdict as JSON")
    compare.set_defaults(run=_check)

    run = commands.add_parser("run", help="generate, judge, train, evaluate and release; resumes by itself")
    _add_run_options(run)
    run.add_argument("--stages", help="generate,judge,dataset,train,evaluate,release (default: all)")
    run.add_argument("--allow-failing", action="store_true", help="release and exit 0 even where targets are missed")
    run.add_argument("--fresh", action="store_true", help="forget what the folder holds and start anew")
    run.set_defaults(run=_run)

    cost = commands.add_parser("estimate", help="calls, tokens, dollars and hours of a run, before anything is spent")
    _add_run_options(cost)
    cost.set_defaults(run=_estimate, allow_failing=False)

    change = commands.add_parser("convert", help="an adapter from PEFT to mlx-lm, or back")
    change.add_argument("source", type=Path, help="the adapter's folder")
    change.add_argument("target", type=Path, help="a folder without an adapter; it is made")
    change.add_argument("--base", type=Path, help="the base model's folder, where its config.json is needed")
    change.set_defaults(run=_convert)
    return parser


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", help="python (default), a .jsonl file, a folder, or - for standard input")
    parser.add_argument("--pairs", type=Path, help="a JSON lines or Parquet file of pairs to merge in")
    parser.add_argument("--domain", choices=DOMAINS, help="of every passage; detected by default")
    parser.add_argument("--limit", type=_limit, metavar="N | nl=N,code=N", help="most passages, in all or per domain")
    parser.add_argument("--out", type=Path, default=Path("runs/v2"), help="the run's folder (default: %(default)s)")
    parser.add_argument("--compressor", default="local", help=f"local (default), {_CHATS}")
    parser.add_argument("--judge", action="append", help=f"local (default), {_CHATS}; may be given again")
    parser.add_argument(
        "--judge-method", choices=("tasks", "probes", "verdict"), default="probes", help="of chat judges"
    )
    parser.add_argument("--trainer", default="local", help=f"local (default), {_TRAINERS}")
    parser.add_argument("--budget", type=float, metavar="USD", help="the most that paid calls may cost")


def _limit(text: str) -> int | dict[Domain, int]:
    try:
        if "=" not in text:
            return _positive(text)
        parts = dict(part.split("=", 1) for part in text.split(","))
        limits: dict[Domain, int] = {domain: _positive(parts.pop(domain)) for domain in DOMAINS if domain in parts}
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number, nor like nl=5000,code=5000") from error
    if parts:
        raise argparse.ArgumentTypeError(f"{next(iter(parts))!r} is no domain: choose from {', '.join(DOMAINS)}")
    return limits


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _read(name: str | Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(name) == "-" else Path(name).read_bytes()
        return data.decode("utf-8")
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{name} is not UTF-8 text: {error.reason} at byte {error.start}") from error


def _compress(arguments: argparse.Namespace) -> int:
    text = _read(arguments.file)
    try:
        result = _by_model(arguments, text) if arguments.model else _by_engine(arguments, text)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if arguments.json:
        from semzip._codec import to_json

        value = {**to_json(result), "ratio": result.ratio}
        sys.stdout.write(json.dumps(value, indent=2) + "\n")
    elif arguments.diff:
        from semzip.diff import show

        show(result)
    else:
        sys.stdout.buffer.write(result.text.encode("utf-8", "surrogatepass"))
        sys.stdout.buffer.flush()
        if not result.text.endswith("\n") and sys.stdout.isatty():
            sys.stdout.write("\n")
    sys.stderr.write(_summary(result) + "\n")
    return OK


def _by_engine(arguments: argparse.Namespace, text: str) -> Compression:
    return compress(
        text,
        target_ratio=arguments.target_ratio,
        max_tokens=arguments.max_tokens,
        question=arguments.question,
        domain=arguments.domain,
        tokenizer=arguments.tokenizer,
    )


def _by_model(arguments: argparse.Namespace, text: str) -> Compression:
    """What a model makes of the text if the check passes it, else the text."""
    from semzip import ChatCompressor, Passage, Verified, runfile
    from semzip._preflight import close
    from semzip.local import LocalJudge
    from semzip.local.detect import domain

    if arguments.target_ratio or arguments.max_tokens or arguments.question:
        raise ConfigError("a model takes no target and no question: leave --target-ratio, --max-tokens, --question out")
    verified = Verified(ChatCompressor(runfile.chat(arguments.model), tokenizer=arguments.tokenizer), LocalJudge())

    async def work() -> Compression:
        try:
            return await verified.compress(Passage(text, arguments.domain or domain(text)))
        finally:
            await close([verified])

    return anyio.run(work)


def _convert(arguments: argparse.Namespace) -> int:
    from semzip.convert import convert

    done = convert(arguments.source, arguments.target, base=arguments.base)
    sys.stderr.write(
        f"semzip: {done.folder}: {done.format} adapter of rank {done.rank}, scale {done.scale:g}, "
        f"{done.modules} modules\n"
    )
    return OK


def _summary(result: Compression) -> str:
    verdict = result.verdict
    words = "unchanged" if result.unchanged else "passed" if verdict is not None and verdict.passed else "failed"
    score = "" if verdict is None else f", score {verdict.score:.2f}"
    lost = "" if verdict is None or not verdict.losses else f", {_kinds(verdict)}"
    counts = f"{result.original_tokens:,} -> {result.tokens:,} tokens ({result.tokenizer}), ratio {result.ratio:.3f}"
    return f"semzip: {counts}: {words}{score}{lost}"


def _kinds(verdict: Verdict) -> str:
    kinds = sorted({loss.kind for loss in verdict.losses if loss.hard} or {loss.kind for loss in verdict.losses})
    return f"lost: {', '.join(kinds)}"


def _check(arguments: argparse.Namespace) -> int:
    verdict = check(_read(arguments.original), _read(arguments.compressed), arguments.domain)
    if arguments.json:
        from semzip._codec import to_json

        sys.stdout.write(json.dumps(to_json(verdict), indent=2) + "\n")
    else:
        for loss in verdict.losses:
            place = "" if loss.where is None else f" at character {loss.where}"
            verb = "invented" if loss.invented else "lost"
            weight = "" if loss.hard else " (soft)"
            sys.stdout.write(f"{verb} {loss.kind}: {loss.what}{place}{weight}\n")
        sys.stdout.write(f"{'passed' if verdict.passed else 'failed'}, score {verdict.score:.3f}\n")
    return OK if verdict.passed else CHECK_FAILED


def _run(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from semzip import corpus, runfile
    from semzip.display import Display, tables
    from semzip.pipeline import STAGES

    console = Console(stderr=True)
    stages = tuple(arguments.stages.split(",")) if arguments.stages else STAGES
    source = arguments.corpus or (None if arguments.pairs else "python")
    settings = _settings(arguments)
    if arguments.fresh:
        _forget(arguments.out)
    asked_to_stop = False

    async def work() -> int:
        nonlocal asked_to_stop
        with Display(console) as display:
            pipeline = runfile.pipeline(settings, on_event=display, stopping=lambda: asked_to_stop)
            passages = corpus.read(source, domain=arguments.domain) if source else ()
            pairs = corpus.pairs(arguments.pairs, domain=arguments.domain) if arguments.pairs else ()

            async def heed_signals(scope: anyio.CancelScope) -> None:
                nonlocal asked_to_stop
                with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
                    async for _ in signals:
                        if asked_to_stop:
                            scope.cancel()
                        asked_to_stop = True
                        console.print("stopping; what is under way is finished and kept (once more: stop at once)")

            report: Report | None = None
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(heed_signals, tasks.cancel_scope)
                try:
                    report = await pipeline.run(passages, pairs=pairs, stages=stages, limit=arguments.limit)
                finally:
                    with anyio.CancelScope(shield=True):
                        await pipeline.aclose()
                tasks.cancel_scope.cancel()
        if report is None:
            raise StoppedError("stopped at once; what was finished is kept. The same command goes on")
        out = Console()
        for table in tables(report.figures):
            out.print(table)
        if report.met or arguments.allow_failing:
            return OK
        console.print(
            "targets were missed, so nothing was released (--allow-failing releases with a card that says so)"
        )
        return TARGETS_MISSED

    try:
        code: int = anyio.run(work)
    except BaseExceptionGroup as group:
        raise telling(group) from group
    return code


def _settings(arguments: argparse.Namespace) -> Settings:
    from semzip.runfile import Settings

    return Settings(
        out=arguments.out,
        compressor=arguments.compressor,
        judges=tuple(arguments.judge or ("local",)),
        judge_method=arguments.judge_method,
        trainer=arguments.trainer,
        budget=arguments.budget,
        allow_failing=arguments.allow_failing,
    )


def _estimate(arguments: argparse.Namespace) -> int:
    from rich.console import Console

    from semzip import corpus, runfile
    from semzip.display import estimate_table

    pipeline = runfile.pipeline(_settings(arguments))
    source = arguments.pairs or arguments.corpus or "python"
    passages = corpus.read(source, domain=arguments.domain)
    found = anyio.run(lambda: pipeline.estimate(passages, limit=arguments.limit))
    Console().print(estimate_table(found))
    return OK


def _forget(out: Path) -> None:
    """Remove what a run wrote into its folder, and nothing else."""
    for name in ("dataset", "adapter", "controls", "release"):
        shutil.rmtree(out / name, ignore_errors=True)
    for pattern in ("run.db", "run.db-*", "report.json", "evaluation.jsonl"):
        for path in out.glob(pattern):
            path.unlink()


if __name__ == "__main__":
    sys.exit(main())
