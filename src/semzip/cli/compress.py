"""`semzip compress`: shorten a text and check it."""

from __future__ import annotations

import argparse
import json
import sys

import anyio

from semzip import compress
from semzip.cli._common import CHATS, OK, Commands, read
from semzip.errors import ConfigError
from semzip.records import DOMAINS, Compression, Verdict


def add(commands: Commands) -> None:
    """Add the command."""
    parser = commands.add_parser("compress", help="shorten a text and check it")
    parser.add_argument("file", help="a text file, or - for standard input")
    parser.add_argument("--target-ratio", type=float, metavar="R", help="compressed / original tokens to reach, (0, 1]")
    parser.add_argument("--max-tokens", type=int, metavar="N", help="most tokens of the result")
    parser.add_argument("--question", help="what the reader will be asked")
    parser.add_argument("--domain", choices=DOMAINS, help="detected by default")
    parser.add_argument("--tokenizer", default="o200k_base", help="the tokenizer that counts (default: %(default)s)")
    parser.add_argument(
        "--model", metavar="SPEC", help=f"let a model shorten: {CHATS}; what fails the check is not used"
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print all of the result as JSON")
    form.add_argument("--diff", action="store_true", help="print the original with dropped words struck out")
    parser.set_defaults(run=_compress)


def _compress(arguments: argparse.Namespace) -> int:
    text = read(arguments.file)
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
