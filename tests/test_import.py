"""What `import semzip` gives, and what it leaves unloaded."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import semzip

HEAVY = {
    "anthropic", "openai", "mlx", "mlx_lm", "tinker", "huggingface_hub", "pyarrow", "numpy", "rich", "splintr", "sqlite3",
}  # fmt: skip


def modules_after(code: str) -> set[str]:
    """The modules that a fresh Python has loaded after this code."""
    program = f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout))


def loaded_after(code: str) -> set[str]:
    """The top-level packages of these."""
    return {name.partition(".")[0] for name in modules_after(code)}


def test_import_loads_nothing_heavy() -> None:
    assert loaded_after("import semzip") & HEAVY == set()


def test_records_and_protocols_load_nothing_heavy() -> None:
    names = "Chat, Compression, Compressor, Judge, Panel, Passage, Store, Trainer, Verified"
    assert loaded_after(f"from semzip import {names}") & HEAVY == set()


def test_compress_loads_no_sdk_and_no_display() -> None:
    loaded = loaded_after("import semzip; semzip.compress('In order to open the valve, turn the handle to the left.')")
    assert loaded & (HEAVY - {"numpy", "splintr"}) == set()


def test_the_first_prose_text_loads_no_other_engine() -> None:
    loaded = modules_after("import semzip; semzip.compress('In order to open the valve, turn the handle to the left.')")
    local = [name.removeprefix("semzip.local.") for name in loaded if name.startswith("semzip.local.")]
    others = ("code", "code_check", "structure", "syntax", "trainer")
    assert [name for name in local if name.split(".")[0] in others] == []
    assert "anyio" not in loaded


def test_all_is_sorted_and_without_repeats() -> None:
    assert list(semzip.__all__) == sorted(set(semzip.__all__))


@pytest.mark.parametrize("name", semzip.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(semzip, name) is not None


def test_lazy_names_are_the_public_ones() -> None:
    lazy = [name for names in semzip._HOMES.values() for name in names]
    eager = {"check", "compress", "count_tokens", "expand"}
    assert sorted([*lazy, *eager]) == semzip.__all__


def test_star_import_gives_the_public_names() -> None:
    names: dict[str, object] = {}
    exec("from semzip import *", names)
    assert set(semzip.__all__) <= names.keys()


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'semzip' has no attribute 'nothing'"):
        semzip.nothing  # noqa: B018  # the access is what is tested


def test_count_tokens_takes_its_tokenizer_by_name() -> None:
    assert semzip.count_tokens("a b c", tokenizer="cl100k_base") == semzip.count_tokens("a b c", "cl100k_base") == 3
