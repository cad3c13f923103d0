from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semzip.local.facts import spans as facts


def found(text: str) -> list[tuple[str, str, str]]:
    return [(fact.kind, text[fact.start : fact.end], fact.value) for fact in facts.find(text)]


def values(text: str, kind: str) -> list[str]:
    return [fact.value for fact in facts.find(text) if fact.kind == kind]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("it costs 1,000 in all", "number", "1000"),
        ("it costs 1000.50 in all", "number", "1000.5"),
        ("about -14 there", "number", "-14"),
        ("he has three of them", "number", "3"),
        ("twenty-one people", "number", "21"),
        ("two hundred and five pages", "number", "205"),
        ("a loss of $1.6 billion", "number", "1600000000"),
        ("a loss of $1.6B", "number", "1600000000"),
        ("it holds 40k", "number", "40000"),
        ("it grew 12 percent", "unit", "%"),
        ("it grew 12%", "unit", "%"),
        ("it weighs 12kg", "unit", "kg"),
        ("it weighs 12 kilograms", "unit", "kg"),
        ("a price of €5", "unit", "EUR"),
        ("on January 5, 2020", "date", "2020-01-5"),
        ("on 5 Jan 2020", "date", "2020-01-5"),
        ("on 2020-01-05", "date", "2020-01-5"),
        ("am 5. Januar 2020 war es", "date", "2020-01-5"),
        ("in 1921 it", "date", "1921"),
        ("the 1990s were", "date", "1990s"),
        ("we met Ada Lovelace there", "name", "ada lovelac"),
        ("set max_workers to", "identifier", "max_workers"),
        ("part PN-7781-B is", "identifier", "pn-7781-b"),
        ("see https://x.example/a?b=1.", "url", "https://x.example/a?b=1"),
        ("ask help@x.example now", "url", "help@x.example"),
        ("in /opt/tool/bin.", "url", "/opt/tool/bin"),
        ('he said "no way" then', "quote", "no way"),
        ("it does not run", "negation", "no"),
        ("it doesn't run", "negation", "no"),
        ("w/o a key", "negation", "no"),
        ("das ist nicht wahr", "negation", "no"),
        ("他没有去", "negation", "no"),
        ("run it unless it rains", "condition", "unless"),
        ("run it only if it rains", "condition", "only if"),
        ("at least 5 men", "bound", ">="),
        ("≥5 men", "bound", ">="),
        ("no more than 5 men", "bound", "<="),
        ("over 5 men", "bound", ">"),
        ("the price rose again", "direction", "up"),
        ("the price ↓ again", "direction", "down"),
        ("long before noon", "direction", "before"),
        ("according to the report", "attribution", "source"),
    ],
)
def test_a_fact_has_one_value_in_every_notation(text: str, kind: str, value: str) -> None:
    assert value in values(text, kind)


def test_what_says_nothing_is_no_fact() -> None:
    assert found("the cat sat on the mat") == []
    assert values("not only the cat", "negation") == []
    assert values("The. It. However. Running is fun.", "name") == []


def test_an_opener_is_a_name_if_it_is_used_as_one() -> None:
    assert values("Janet’s ducks lay eggs.", "name") == ["janet"]
    assert values("Rockets have engines.", "name") == []
    assert values("We saw Smith. Smith left.", "name") == ["smith", "smith"]


@given(st.text())
def test_any_text_is_read_and_spans_fit(text: str) -> None:
    spans = facts.find(text)
    assert spans == sorted(spans, key=lambda fact: (fact.start, -fact.end))
    for fact in spans:
        assert fact.kind in facts.KINDS
        assert 0 <= fact.start < fact.end <= len(text)
        assert fact.value or fact.kind == "quote"


@given(
    st.lists(st.sampled_from([*"12.,-%$€ :/年月日三½th", "May ", "million ", "2020", "C", "one hundred "]), max_size=12)
)
def test_any_mess_of_digits_is_read(parts: list[str]) -> None:
    facts.find("".join(parts))
