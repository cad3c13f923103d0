"""Passages from JSON lines, folders, pairs files, standard input, and the Python that runs this.

Readers yield `Passage`, or a `Failure` that names the file and the line of what could not be read; they keep nothing in
memory but the item at hand. Texts of 50 characters or fewer are left out, longer ones than MAX_CHARACTERS fail.
"""

from __future__ import annotations

import ast
import json
import sys
import sysconfig
import textwrap
import warnings
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from semzip.errors import DataError, MissingBackendError
from semzip.local.detect import domain as detect
from semzip.records import DOMAINS, GIVEN, Compression, Domain, Failure, Passage

MIN_CHARACTERS = 51
MAX_CHARACTERS = 1_000_000
PIECE_CHARACTERS = 4_000
DOCSTRING_CHARACTERS = 200
FUNCTION_CHARACTERS = 150
PARAGRAPH_CHARACTERS = 800
BAD_LINES = 100

_TEXT_KEYS = ("text", "content", "code", "verbose")
_SUFFIXES: dict[str, Domain] = {
    **dict.fromkeys((".md", ".txt", ".rst", ".html", ".htm"), "nl"),
    **dict.fromkeys(
        (".py", ".pyi", ".js", ".ts", ".tsx", ".jsx", ".java", ".go", ".rs", ".c", ".h", ".cc", ".cpp"), "code"
    ),
    **dict.fromkeys((".hpp", ".cs", ".rb", ".php", ".sql", ".sh", ".kt", ".swift", ".scala"), "code"),
    **dict.fromkeys((".json", ".csv", ".tsv", ".yaml", ".yml", ".log", ".diff", ".patch"), "data"),
}
_SKIPPED_FOLDERS = frozenset(
    {"test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__", "node_modules", "turtledemo"}
)


def read(source: str | Path, *, domain: Domain | None = None) -> Iterator[Passage | Failure]:
    """The passages of a source.

    Args:
        source: "python" for the texts of the installed Python; "-" for JSON lines on standard input; a .jsonl file; a
            text file; or a folder of text and code files.
        domain: Overrides each row's own and the detected domain.

    Yields:
        Passages, and a Failure for each that cannot be read.

    Raises:
        DataError: The source does not exist, or has more than BAD_LINES lines that are not JSON.
    """
    if str(source) == "python":
        return _sized(installed_python(), domain)
    if str(source) == "-":
        return _sized(json_lines(sys.stdin.buffer, "standard input", domain), domain)
    path = Path(source)
    if path.is_dir():
        return _sized(_folder(path), domain)
    if not path.exists():
        raise DataError(f"there is no corpus at {path}: give a .jsonl file, a folder, '-' or 'python'")
    if path.suffix in {".jsonl", ".ndjson"}:
        return _sized(_json_file(path, domain), domain)
    return _sized(_file(path, path.name), domain)


def json_lines(lines: Iterable[bytes], name: str, domain: Domain | None = None) -> Iterator[Passage | Failure]:
    """Passages of JSON lines with the text under `text`, `content`, `code` or `verbose`, and perhaps a `domain`."""
    for place, row in _rows(lines, name):
        if isinstance(row, Failure):
            yield row
            continue
        key = next((key for key in _TEXT_KEYS if isinstance(row.get(key), str)), None)
        if key is None:
            yield _bad(place, f"has no text under {', '.join(_TEXT_KEYS)}")
            continue
        text = row[key]
        own = row.get("domain")
        yield Passage(text, domain or (own if own in DOMAINS else "code" if key == "code" else detect(text)), place)


def pairs(path: Path, *, domain: Domain | None = None) -> Iterator[Compression | Failure]:
    """Existing pairs of a JSON lines or Parquet file: `text` or `verbose`, `compressed`, and perhaps `domain`.

    Raises:
        DataError: The file does not exist, or has more than BAD_LINES lines that are not JSON.
        MissingBackendError: A Parquet file without the extra that reads it.
    """
    if not path.exists():
        raise DataError(f"there is no pairs file at {path}")
    rows = _parquet(path) if path.suffix == ".parquet" else _json_rows(path)
    for place, row in rows:
        if isinstance(row, Failure):
            yield row
            continue
        text = next((row[key] for key in _TEXT_KEYS if isinstance(row.get(key), str)), None)
        short = row.get("compressed")
        if text is None or not isinstance(short, str) or not short.strip():
            yield _bad(place, "needs a text under 'text' or 'verbose' and one under 'compressed'")
            continue
        own = row.get("domain")
        chosen = domain or (own if own in DOMAINS else detect(text))
        yield Passage(text, chosen, place).compressed(short, by=f"{GIVEN}{path.name}")


def installed_python() -> Iterator[Passage | Failure]:
    """The texts of the Python that runs this: functions, long docstrings, and the paragraphs of its language reference."""
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        inside = path.relative_to(root)
        if _SKIPPED_FOLDERS.isdisjoint(inside.parts):
            yield from _python_file(path, inside.as_posix())
    from pydoc_data import topics

    for name, text in sorted(topics.topics.items()):
        for number, paragraph in enumerate(_paragraphs(text, PARAGRAPH_CHARACTERS)):
            yield Passage(paragraph, "nl", f"pydoc:{name}#{number}")


def _sized(passages: Iterable[Passage | Failure], domain: Domain | None) -> Iterator[Passage | Failure]:
    for item in passages:
        if isinstance(item, Failure):
            yield item
        elif len(item.text) > MAX_CHARACTERS:
            yield _bad(item.source, f"has {len(item.text):,} characters, more than {MAX_CHARACTERS:,}: split it")
        elif len(item.text.strip()) >= MIN_CHARACTERS:
            yield item if domain in {None, item.domain} else Passage(item.text, domain or item.domain, item.source)


def _bad(place: str, problem: str) -> Failure:
    return Failure(passage_id=place, stage="corpus", error="DataError", message=f"{place} {problem}")


def _rows(lines: Iterable[bytes], name: str) -> Iterator[tuple[str, dict[str, Any] | Failure]]:
    bad = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            problem = f"is not UTF-8: {error.reason} at byte {error.start} of the line"
        except (json.JSONDecodeError, RecursionError) as error:
            problem = f"is not JSON: {error}"
        else:
            if isinstance(row, dict):
                yield place, row
                continue
            problem = "is not a JSON object"
        bad += 1
        if bad > BAD_LINES:
            raise DataError(
                f"{place} {problem}; more than {BAD_LINES} lines of {name} cannot be read: is it JSON lines?"
            )
        yield place, _bad(place, problem)


def _json_rows(path: Path) -> Iterator[tuple[str, dict[str, Any] | Failure]]:
    with path.open("rb") as lines:
        yield from _rows(lines, str(path))


def _json_file(path: Path, domain: Domain | None) -> Iterator[Passage | Failure]:
    with path.open("rb") as lines:
        yield from json_lines(lines, str(path), domain)


def _parquet(path: Path) -> Iterator[tuple[str, dict[str, Any] | Failure]]:
    try:
        parquet: Any = import_module("pyarrow.parquet")
    except ImportError as error:
        raise MissingBackendError(f"{path} needs: pip install 'semzip[parquet]'") from error
    number = 0
    for batch in parquet.ParquetFile(path).iter_batches():
        for row in batch.to_pylist():
            number += 1
            yield f"{path}:{number}", row


def _folder(root: Path) -> Iterator[Passage | Failure]:
    for path in sorted(root.rglob("*")):
        inside = path.relative_to(root)
        hidden = any(part.startswith(".") for part in inside.parts)
        if path.is_file() and not hidden and _SKIPPED_FOLDERS.isdisjoint(inside.parts[:-1]):
            if path.suffix in {".jsonl", ".ndjson"}:
                yield from _json_file(path, None)
            elif path.suffix in _SUFFIXES:
                yield from _file(path, inside.as_posix())


def _file(path: Path, name: str) -> Iterator[Passage | Failure]:
    if path.suffix == ".py":
        yield from _python_file(path, name)
        return
    if path.stat().st_size > 4 * MAX_CHARACTERS:
        yield _bad(name, f"has {path.stat().st_size:,} bytes, more than {4 * MAX_CHARACTERS:,}: split it")
        return
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        yield _bad(name, f"is not UTF-8: {error.reason} at byte {error.start}")
        return
    domain = _SUFFIXES.get(path.suffix) or detect(text)
    pieces = [text] if domain == "data" else _paragraphs(text, PIECE_CHARACTERS)
    for number, piece in enumerate(pieces):
        yield Passage(piece, domain, f"{name}#{number}")


def _paragraphs(text: str, most: int) -> Iterator[str]:
    # Whole blocks, joined while they fit: a passage is about as long as one that a model is trained on.
    piece = ""
    for block in text.split("\n\n"):
        if piece and len(piece) + len(block) > most:
            yield piece.strip("\n")
            piece = ""
        piece = f"{piece}\n\n{block}" if piece else block
    if piece.strip():
        yield piece.strip("\n")


def _python_file(path: Path, name: str) -> Iterator[Passage | Failure]:
    try:
        source = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(source)
    except (UnicodeDecodeError, SyntaxError, ValueError, RecursionError) as error:
        yield _bad(name, f"is not Python in UTF-8: {error}")
        return
    lines = source.splitlines(keepends=True)
    for node in _definitions(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            text = textwrap.dedent("".join(lines[first - 1 : node.end_lineno])).rstrip("\n")
            if FUNCTION_CHARACTERS <= len(text) <= PIECE_CHARACTERS:
                yield Passage(text, "code", f"{name}:{first}")
        doc = ast.get_docstring(node)
        if doc is not None and DOCSTRING_CHARACTERS <= len(doc) <= PIECE_CHARACTERS:
            yield Passage(doc, "nl", f"{name}:{getattr(node, 'lineno', 1)}:doc")


def _definitions(
    node: ast.Module | ast.ClassDef,
) -> Iterator[ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    # Functions inside functions are part of the outer one's text.
    yield node
    for child in node.body:
        if isinstance(child, ast.ClassDef):
            yield from _definitions(child)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
