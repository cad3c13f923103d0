from __future__ import annotations

import io
import json
from itertools import islice
from pathlib import Path

import pytest

from semzip import corpus
from semzip.errors import DataError
from semzip.records import Compression, Failure, Passage

LONG = "A sentence that is long enough to be taken as a passage, with number {}."


def passages(path: Path | str, **options: str) -> list[Passage]:
    found = list(corpus.read(path, **options))
    assert not [item for item in found if isinstance(item, Failure)]
    return [item for item in found if isinstance(item, Passage)]


def test_json_lines_under_each_of_the_names(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    rows = [
        {"text": LONG.format(1)},
        {"content": LONG.format(2), "domain": "data"},
        {"code": "def f(x):\n    return [y for y in x if y is not None and y > 0]\n"},
        {"text": "too short"},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    found = passages(path)
    assert [item.domain for item in found] == ["nl", "data", "code"]
    assert found[0].source == f"{path}:1"
    assert {item.domain for item in passages(path, domain="nl")} == {"nl"}


def test_bad_lines_are_named_counted_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    good = json.dumps({"text": LONG.format(1)}).encode()
    path.write_bytes(b"\n".join([good, b"{not json", b'["a list"]', b'{"text": "\xff"}', b'{"title": "no text"}']))
    found = list(corpus.read(path))
    assert isinstance(found[0], Passage)
    messages = [item.message for item in found if isinstance(item, Failure)]
    assert [message.split(" ")[0] for message in messages] == [f"{path}:{n}" for n in (2, 3, 4, 5)]
    for message, words in zip(messages, ["not JSON", "not a JSON object", "not UTF-8", "no text under"], strict=True):
        assert words in message


def test_too_many_bad_lines_end_the_reading_with_the_place() -> None:
    with pytest.raises(DataError, match=r"standard input:101 is not JSON.*more than 100 lines"):
        list(corpus.json_lines(io.BytesIO(b"no\n" * 500), "standard input"))


def test_a_folder_of_texts_and_code(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("\n\n".join(LONG.format(n) * 20 for n in range(8)))
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "module.py").write_text(
        "def one():\n    return 1\n\n\nclass Two:\n    def three(self):\n"
        + "        print('a rather long function body')\n" * 5
    )
    (tmp_path / "more" / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "broken.txt").write_bytes(b"\xff" * 100)
    (tmp_path / ".hidden.txt").write_text(LONG.format(3))
    found = list(corpus.read(tmp_path))
    failures = [item for item in found if isinstance(item, Failure)]
    assert [failure.message for failure in failures] == ["broken.txt is not UTF-8: invalid start byte at byte 0"]
    texts = [item for item in found if isinstance(item, Passage)]
    assert {(item.domain, item.source.split("#")[0]) for item in texts} == {
        ("nl", "notes.md"),
        ("code", "more/module.py:6"),
    }
    assert all(len(item.text) <= corpus.PIECE_CHARACTERS for item in texts)
    assert texts[0].text.startswith("def three(self):\n    print(")
    joined = "\n\n".join(item.text for item in texts if item.domain == "nl")
    assert joined == (tmp_path / "notes.md").read_text()


def test_a_text_of_ten_megabytes_is_a_failure_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text(json.dumps({"text": "word " * 2_000_000}) + "\n" + json.dumps({"text": LONG.format(1)}))
    failure, passage = corpus.read(path)
    assert isinstance(failure, Failure)
    assert "10,000,000 characters, more than 1,000,000: split it" in failure.message
    assert isinstance(passage, Passage)


def test_a_missing_corpus_is_a_clear_error() -> None:
    with pytest.raises(DataError, match=r"no corpus at nowhere\.jsonl: give a \.jsonl file, a folder, '-' or 'python'"):
        corpus.read("nowhere.jsonl")


def test_the_installed_python_is_a_corpus_of_code_and_prose() -> None:
    found = [item for item in islice(corpus.read("python"), 2_000) if isinstance(item, Passage)]
    assert {item.domain for item in found} == {"nl", "code"}
    assert all(len(item.text) > 50 for item in found)
    code = next(item.text for item in found if item.domain == "code")
    compile(code, "passage", "exec")


def test_pairs_of_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    rows = [
        {"text": LONG.format(1), "compressed": "sentence 1", "domain": "nl"},
        {"verbose": LONG.format(2), "compressed": "sentence 2"},
        {"text": LONG.format(3), "compressed": ""},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    one, two, bad = corpus.pairs(path)
    assert isinstance(one, Compression)
    assert isinstance(two, Compression)
    assert (one.text, two.original, one.given) == ("sentence 1", LONG.format(2), True)
    assert isinstance(bad, Failure)
    assert bad.message.startswith(f"{path}:3 needs")


def test_pairs_of_a_parquet_file(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    rows = [{"text": LONG.format(n), "compressed": f"sentence {n}", "domain": "nl"} for n in range(5)]
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "pairs.parquet")
    found = [item for item in corpus.pairs(tmp_path / "pairs.parquet") if isinstance(item, Compression)]
    assert [pair.text for pair in found] == [row["compressed"] for row in rows]
