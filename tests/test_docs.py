"""Every code block of the README and the docs does what it says.

A page is one session: its `python` blocks run in their order and share their names, in a folder that holds `notes.txt`,
`corpus.jsonl` and `pairs.jsonl`. A `text` block right after a block is what that block prints. In `sh` blocks each call of
semzip is read by its own argument parser, and run unless it is a run over the whole installed Python. A block after
`<!-- not run: why -->` is only compiled, and the names that it imports from semzip are looked up. A `toml` block is the
file `run.toml` of the blocks after it.

`SEMZIP_UPDATE_DOCS=1 pytest tests/test_docs.py` writes what is printed, and the README's tree of files, into the pages.
"""

from __future__ import annotations

import ast
import io
import json
import os
import re
import shlex
import subprocess
import sys
from argparse import ArgumentParser, Namespace, _SubParsersAction
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest

import semzip
from docs_blocks import Block, blocks, rewrite
from semzip import corpus
from semzip.cli import parser as command_line
from semzip.records import Failure

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
UPDATE = os.environ.get("SEMZIP_UPDATE_DOCS") == "1"
LINE = 104
HOW = "`SEMZIP_UPDATE_DOCS=1 pytest tests/test_docs.py` writes what is true now into the pages; read the diff"
HARMLESS = {"semzip", "cat", "echo", "printf"}

NOTES = """\
In order to open the valve, the operator should turn the red handle to the left until the pressure is below 4 bar. It is
important to note that the pump does not start unless the valve has been open for at least 30 seconds. The temperature of
the seal must not exceed 85 percent of the rated maximum, which is 120 °C. The handle was replaced on 3 May 2025.
"""
SHORT = "Red handle left until pressure < 4 bar. Pump starts once valve open ≥ 30 s. Seal ≤ 85% of 120 °C max."


@pytest.fixture(scope="session")
def rows() -> list[dict[str, str]]:
    found = (item for item in corpus.installed_python() if not isinstance(item, Failure))
    return [{"text": passage.text, "domain": passage.domain} for passage in islice(found, 160)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, str]]) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text(NOTES, encoding="utf-8")
    (tmp_path / "short.txt").write_text(SHORT, encoding="utf-8")
    (tmp_path / "corpus.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    pair = {"text": NOTES, "compressed": semzip.compress(NOTES).text, "domain": "nl"}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair) + "\n", encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_do_what_they_say(page: Path) -> None:
    names: dict[str, object] = {"__name__": "__main__"}
    printed: str | None = None
    updates: dict[int, str] = {}
    for block in blocks(page):
        if block.language == "text" and printed is not None and printed != block.text:
            assert UPDATE, f"{block.place} shows\n{block.text}\nbut what is printed is\n{printed}\n{HOW}"
            updates[block.line] = printed
        printed = None
        if block.language == "python" and block.not_run is None:
            printed = run_python(block, names)
        elif block.language == "python":
            look_up_names(block)
        elif block.language == "toml":
            Path("run.toml").write_text(block.text, encoding="utf-8")
        elif block.language == "sh":
            printed = run_shell(block)
    rewrite(page, updates)


def run_python(block: Block, names: dict[str, object]) -> str:
    # Blank lines before the block, so that a traceback shows the page's own line.
    code = compile("\n" * block.line + block.text, str(block.page), "exec")
    with redirect_stdout(io.StringIO()) as out:
        exec(code, names)
    return out.getvalue()


def look_up_names(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "semzip":
            missing = {alias.name for alias in node.names} - names_of(node.module or "")
            assert not missing, f"{block.place}: {node.module} has no {', '.join(sorted(missing))}"


def names_of(module: str) -> set[str]:
    """What a module defines, read from its source: a backend's SDK need not be installed."""
    if module == "semzip":
        return set(semzip.__all__)
    spec = find_spec(module)
    assert spec is not None, f"there is no module {module}"
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    return {name for node in tree.body for name in defined(node)}


def defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        yield node.name
    elif isinstance(node, ast.Try):
        yield from (name for inner in node.body for name in defined(inner))
    elif isinstance(node, ast.ImportFrom | ast.Import):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, ast.Try):
        yield from (name for inner in node.body for name in defined(inner))
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        yield from (
            part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        )


def run_shell(block: Block) -> str:
    printed = ""
    for line in block.text.replace("\\\n", " ").splitlines():
        commands = commands_of(line)
        calls = [command_line().parse_args(words[1:]) for words in commands if words[0] == "semzip"]
        harmless = all(words[0] in HARMLESS for words in commands)
        if calls and harmless and block.not_run is None and not any(whole_run(call) for call in calls):
            expected = int(found[1]) if (found := re.search(r"# exits (\d+)", line)) else 0
            path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
            done = subprocess.run(
                line, shell=True, check=False, capture_output=True, text=True, env={**os.environ, "PATH": path}
            )
            assert done.returncode == expected, f"{block.place}: {line}\n{done.stdout}{done.stderr}"
            printed += done.stdout
    return printed


def commands_of(line: str) -> list[list[str]]:
    """The commands of a line, without its redirections and comments."""
    words = shlex.shlex(line, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    commands: list[list[str]] = [[]]
    redirected = False
    for word in words:
        if set(word) <= set("|&;"):
            commands.append([])
        elif set(word) <= set("<>"):
            redirected = True
        elif redirected:
            redirected = False
        else:
            commands[-1].append(word)
    return [command for command in commands if command]


def whole_run(call: Namespace) -> bool:
    return hasattr(call, "stages") and call.file is None and call.corpus in {None, "python"} and call.pairs is None


def test_command_line_page_names_every_option() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert set(options(command_line())) - {"-h"} == set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", page))


def options(parser: ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        yield from action.option_strings
        if isinstance(action, _SubParsersAction):
            for command in action.choices.values():
                yield from options(command)


def test_every_page_is_in_the_navigation() -> None:
    navigation = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert navigation == {page.relative_to(ROOT / "docs").as_posix() for page in PAGES[1:]}


def test_llms_txt_lists_every_page() -> None:
    """With the title that the navigation has for it, and its first sentence."""
    path = ROOT / "docs" / "llms.txt"
    before, heading, _ = path.read_text(encoding="utf-8").partition("## Pages\n\n")
    navigation = re.findall(r'- "?([^"\n]+?)"?: ([\w/-]+\.md)', (ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
    pages = [
        f"- [{title}]({page.removesuffix('.md').removesuffix('index') or '.'}/): {opening(ROOT / 'docs' / page)}\n"
        for title, page in navigation
    ]
    text = before + heading + "".join(pages)
    if UPDATE:
        path.write_text(text, encoding="utf-8")
    else:
        assert text == path.read_text(encoding="utf-8"), HOW


def opening(page: Path) -> str:
    """The first sentence of a page's first paragraph of prose, without its links."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    paragraphs = text.split("\n\n")[1:]
    prose = next((each for each in paragraphs if re.match(r"[\w`*\[]", each) and "|" not in each), "")
    plain = re.sub(r"\[([^]]+)\]\([^)]+\)", r"\1", " ".join(prose.split()))
    return re.split(r"(?<=[.:])\s", plain)[0].rstrip(":")


def test_readme_tree_names_every_file() -> None:
    block = next(block for block in blocks(PAGES[0]) if block.text.startswith("src/semzip/"))
    tree = "src/semzip/\n" + "".join(tree_lines(ROOT / "src" / "semzip", "  "))
    if UPDATE:
        rewrite(PAGES[0], {block.line: tree})
    else:
        assert tree == block.text, HOW


def tree_lines(folder: Path, indent: str) -> Iterator[str]:
    """A line for each module, saying how its docstring begins; folders after the files of theirs."""
    modules = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py" or folder.name == "semzip"]
    folders = sorted(path.parent for path in folder.glob("*/__init__.py"))
    for path in [*modules, *folders]:
        name = f"{indent}{path.name}{'/' if path.is_dir() else ''}"
        yield f"{name:<26} {purpose(path / '__init__.py' if path.is_dir() else path)}\n"
        if path.is_dir():
            yield from tree_lines(path, indent + "  ")


def purpose(module: Path) -> str:
    """The first sentence of a module's docstring; of a long one, the clauses that fit."""
    text = ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or ""
    sentence = re.split(r"\.(?:\s|$)", " ".join(text.split("\n\n")[0].split()))[0]
    ends = [found.start() for found in re.finditer(r"[:;,] ", sentence[:LINE])]
    return sentence if len(sentence) <= LINE else sentence[: ends[-1]]
