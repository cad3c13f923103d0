"""How small structured data gets without loss, and does it come back? Prints a table in Markdown, in o200k tokens.

Run: python tests/bench/bench_structured.py. The texts are made from a seed and the installed Python; SEMZIP_DATA adds the tables of
TAT-QA. Each text is compressed, expanded and compared: JSON by value and type, tables by cells, the rest letter by letter.
"""

from __future__ import annotations

import ast
import csv
import difflib
import io
import json
import os
import random
import re
import sysconfig
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from semzip import count_tokens, expand
from semzip.local.structure import engine as structure
from semzip.local.structure import rows

MODULES = (
    "ast", "argparse", "asyncio/events", "calendar", "configparser", "csv", "dataclasses", "decimal", "difflib", "email/message",
    "enum", "gettext", "heapq", "http/cookiejar", "inspect", "ipaddress", "locale", "optparse", "pdb", "plistlib", "shutil",
    "socketserver", "ssl", "tarfile", "tempfile", "traceback", "turtle", "typing", "uuid", "weakref", "zipfile",
)  # fmt: skip
TARGETS = {
    "table rows, JSON": 0.78, "table rows, Markdown": 0.72, "200 records, JSON": 0.38, "irregular records, JSON": 0.70,
    "nested settings, JSON": 0.72, "log, 2,000 lines": 0.60, "search hits": 0.60, "diff": 0.90,
}  # fmt: skip


def sources() -> dict[str, str]:
    root = Path(sysconfig.get_paths()["stdlib"])
    return {f"Lib/{name}.py": (root / f"{name}.py").read_text(encoding="utf-8") for name in MODULES}


def functions() -> list[dict[str, Any]]:
    """One flat record per documented function."""
    found: list[dict[str, Any]] = []
    for path, source in sources().items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and (text := ast.get_docstring(node)):
                found.append({
                    "id": len(found) + 1, "file": path, "name": node.name, "line": node.lineno, "args": len(node.args.args),
                    "public": not node.name.startswith("_"), "returns": ast.unparse(node.returns) if node.returns else None,
                    "summary": text.split("\n")[0],
                })  # fmt: skip
    return found[:200]


def visits(count: int = 200) -> list[dict[str, Any]]:
    """Records of four kinds with different keys."""
    r, out = random.Random(3), []
    for i in range(count):
        kind = r.choice(("view", "order", "failure", "review"))
        visit: dict[str, Any] = {
            "n": i,
            "kind": kind,
            "when": f"2025-11-{1 + i // 12:02d}T{r.randint(0, 23):02d}:{r.randint(0, 59):02d}:00Z",
        }
        if kind == "view":
            visit |= {
                "page": f"/shop/{r.choice(('shoes', 'hats', 'coats'))}/{r.randint(1, 400)}",
                "seconds": r.randint(1, 300),
            }
        elif kind == "order":
            visit |= {
                "lines": [
                    {"article": f"A{r.randint(10, 99)}", "pieces": r.randint(1, 3)} for _ in range(r.randint(1, 3))
                ],
                "sum": r.randint(500, 9999) / 100,
            }
        elif kind == "failure":
            visit |= {
                "code": r.choice((500, 503)),
                "what": f"no answer from {r.choice(('bank', 'stock'))} in {r.randint(1, 30)} s",
            }
        else:
            visit |= {
                "stars": r.randint(1, 5),
                "by": {"name": r.choice(("ana", "bo", "chen")), "since": r.randint(2010, 2025)},
            }
        if r.random() < 0.3:
            visit["tags"] = r.sample(("new", "mobile", "returning"), r.randint(1, 2))
        out.append(visit)
    return out


def settings() -> dict[str, Any]:
    """Maps of maps, short lists, a list of like records."""
    return {
        "version": 2,
        "server": {"host": "0.0.0.0", "port": 8443, "tls": {"enabled": True, "certificate": "/etc/tls/server.pem"}, "timeout": 12.5},
        "jobs": [{"name": f"job-{n}", "every": f"{n * 5}m", "queue": "default" if n % 3 else "slow", "retries": 3, "enabled": n != 4} for n in range(1, 9)],
        "routes": {f"/v2/{name}": {"handler": f"shop.views.{name}", "methods": ["GET", "POST"], "cache": n * 30} for n, name in enumerate(("items", "orders", "users", "carts"))},
        "errors": {str(code): {"title": title, "retry": code >= 500} for code, title in ((400, "Bad request"), (404, "Not found"), (500, "Broken"), (503, "Try later"))},
        "texts": {"welcome": "Good day, what may we do for you?", "goodbye": "Come again: we are open until 6."},
    }  # fmt: skip


def log(lines: int = 2_000) -> str:
    r, out, second = random.Random(5), [], 0.0
    while len(out) < lines:
        second += r.uniform(0.01, 1.2)
        time_ = f"2025-11-03 {6 + int(second // 3600):02d}:{int(second // 60) % 60:02d}:{second % 60:06.3f}".replace(
            ".", ","
        )
        kind = r.random()
        if kind < 0.5:
            out.append(
                f"{time_} INFO  [gate-{r.randint(1, 3)}] access: {r.choice(('GET', 'POST'))} /v2/{r.choice(('items', 'users'))}/{r.randint(1, 99_999)} -> {r.choice((200, 204, 404))} in {r.randint(1, 900)}ms trace={r.getrandbits(48):012x}"
            )
        elif kind < 0.8:
            out.append(
                f"{time_} DEBUG [pool-{r.randint(1, 3)}] sql: select from {r.choice(('items', 'users'))} took {r.uniform(0.1, 90):.1f}ms, {r.randint(0, 50)} rows"
            )
        elif kind < 0.9:
            out += ["heartbeat"] * r.choice((1, 1, 3))
        elif kind < 0.97:
            out.append(f"{time_} WARN  [pool-{r.randint(1, 3)}] pool: {r.randint(15, 20)} of 20 connections busy")
        else:
            out += [
                f"{time_} ERROR [gate-{r.randint(1, 3)}] access: request {r.getrandbits(48):012x} failed",
                "Traceback (most recent call last):",
                f'  File "shop/views.py", line {r.randint(9, 300)}, in get',
                "TimeoutError: the bank did not answer",
            ]
    return "\n".join(out[:lines]) + "\n"


def hits(pattern: str = r"return \w+\(") -> str:
    return "".join(
        f"{path}:{n}:{line}\n"
        for path, source in sources().items()
        for n, line in enumerate(source.split("\n"), 1)
        if re.search(pattern, line)
    )


def diff() -> str:
    out: list[str] = []
    for path, source in list(sources().items())[:6]:
        new = re.sub(r"\bname\b", "label", source)
        body = list(
            difflib.unified_diff(
                source.splitlines(keepends=True), new.splitlines(keepends=True), f"a/{path}", f"b/{path}"
            )
        )
        out += [f"diff --git a/{path} b/{path}\n", "index 0123456789..9876543210 100644\n", *body] if body else []
    return "".join(out)


def tables() -> list[list[list[str]]]:
    """Tables as annual reports print them."""
    folder = os.environ.get("SEMZIP_DATA")
    if folder:
        return [json.loads(line)["table"] for line in (Path(folder) / "tatqa_dev.jsonl").open(encoding="utf-8")]
    r = random.Random(7)
    names = (
        "Net sales",
        "Cost of goods sold",
        "Gross profit",
        "Operating expenses",
        "Income before taxes",
        "Net income (loss)",
        "Total assets",
    )
    return [
        [["(in thousands)", "2024", "2023", "Change"], *([name, f"${r.randint(1, 99)},{r.randint(100, 999)}", f"${r.randint(1, 99)},{r.randint(100, 999)}", f"{r.uniform(-9, 9):.1f}%"] for name in r.sample(names, 5))]
        for _ in range(40)
    ]  # fmt: skip


def as_csv(records: list[dict[str, Any]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def main() -> None:
    dump = json.dumps
    inputs: dict[str, tuple[list[str], Callable[[str], Any]]] = {
        "table rows, JSON": ([dump(t, ensure_ascii=False) for t in tables()], json.loads),
        "table rows, Markdown": ([rows.markdown(t) for t in tables()], rows.markdown_rows),
        "200 records, JSON": ([dump(functions())], json.loads),
        "the same as CSV": ([as_csv(functions())], str),
        "irregular records, JSON": ([dump(visits())], json.loads),
        "nested settings, JSON": ([dump(settings())], json.loads),
        "log, 2,000 lines": ([log()], str),
        "search hits": ([hits()], str),
        "diff": ([diff()], str),
    }
    structure.shorten(log(50))
    print("|text|tokens|kept|target|comes back|tokens/s|\n|---|---:|---:|---:|---:|---:|")
    for name, (texts, read) in inputs.items():
        before = sum(map(count_tokens, texts))
        start = time.process_time()
        short = [structure.shorten(text) for text in texts]
        seconds = time.process_time() - start
        after = sum(map(count_tokens, short))
        back = sum(read(expand(s)) == read(text) for s, text in zip(short, texts, strict=True))
        target = f"{TARGETS[name]:.2f}" if name in TARGETS else "–"
        print(f"|{name}|{before:,}|{after / before:.3f}|{target}|{back} of {len(texts)}|{before / seconds:,.0f}|")


if __name__ == "__main__":
    main()
