from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

import semzip
from semzip.local import LocalCompressor, check, piecewise
from semzip.records import Verdict

PLAIN = "The new building of the museum was opened to the public in the spring by the architect of the harbour."
DENIED = "It has never been allowed to open the gate of the museum without a key of the director."
TEXT = f"{PLAIN} {DENIED}\n\n{PLAIN}\n\n```python\nx = [ 1, 2 ]  # the pages\n```\n\n{PLAIN}"


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check that fails whatever changes the sentence with the denial."""
    real = check.check

    def stricter(original: str, compressed: str, domain: object = None, *, threshold: float = 0.8) -> Verdict:
        verdict = real(original, compressed, "nl", threshold=threshold)
        spoilt = "never" in original and DENIED not in compressed
        return evolve(verdict, passed=False) if spoilt else verdict

    monkeypatch.setattr(check, "check", stricter)


@pytest.mark.usefixtures("strict")
def test_only_the_sentence_that_fails_stays_as_it_was() -> None:
    short = semzip.compress(TEXT)
    assert short.verdict is not None
    assert short.verdict.passed
    assert DENIED in short.text
    assert short.text.count("the architect of the harbour") == 0
    assert "x=[1,2]" in short.text
    assert short.ratio < 0.85


def test_a_gentler_compressor_works_by_pieces_before_it_is_less_aggressive() -> None:
    compressor = LocalCompressor()
    tried = []
    while compressor is not None:
        tried.append((compressor.level, compressor.piecewise))
        compressor = compressor.gentler()
    assert tried == [(3, False), (3, True), (2, True), (1, True), (0, True)]
    assert LocalCompressor(target_ratio=0.5).gentler() is None


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["the a. ", "Not b ", "\n\n", "\n", "```\n", "| x | y |\n|---|---|\n", "12 of ", "。是"]))
)
def test_any_text_comes_back(parts: list[str]) -> None:
    text = "".join(parts)
    for level in range(4):
        assert check.check(text, piecewise.shorten(text, level=level), "nl").passed or len(parts) > 1
    assert semzip.compress(text).tokens <= semzip.count_tokens(text)
