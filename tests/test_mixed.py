from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semzip import count_tokens
from semzip.local import check
from semzip.local.mixed import engine as mixed
from semzip.local.mixed import markup, parts
from semzip.local.structure import rows

DOCUMENT = """---
title: Pumps
---
# The pumps

In order to start the pump, it is necessary to open the valve first. Do not open it above 40 °C.

| Pump | Flow  | Note      |
|------|------:|-----------|
| A-1  | 1,200 | new       |
|      | 300   | spare     |

## How it is called

```python
def flow( pump , hours = 1 ):
    # the flow of a pump
    return pump.rate * hours
```

```json
{
  "pumps": [ 1, 2 ],
  "limit": 1.0
}
```

```
plain output   stays
```

- Use `flow( pump )` with care.
- Call 555-0101 if it fails.
"""

PAGE = """<!DOCTYPE html>
<html><head><title>Pumps</title><style>p { color: red }</style></head>
<body>
<!-- menu -->
<h1>The pumps</h1>
<p>Open the <b>valve</b> first; see <a href="https://pumps.example/a?b=1">the manual</a> and <img src="x.png" alt="a pump">.</p>
<ol><li>Open</li><li>Wait 5 minutes<ul><li>or 6</li></ul></li></ol>
<table class="wide"><tr><th>Pump</th><th>Flow</th></tr><tr><td>A|1</td><td>1 &amp; 2</td></tr></table>
<pre><code class="language-python">def flow(pump):
    return pump.rate
</code></pre>
<script>var x = 1;</script>
</body></html>
"""


def test_parts_joined_are_the_text() -> None:
    found = parts.parts(DOCUMENT)
    assert "\n".join(part.whole for part in found) == DOCUMENT
    assert [part.kind for part in found if part.text.strip()] == [
        "fixed",
        "prose",
        "table",
        "prose",
        "code",
        "data",
        "fixed",
        "prose",
    ]


@pytest.mark.parametrize("level", range(4))
def test_each_part_is_shortened_in_its_own_way(level: int) -> None:
    short = mixed.shorten(DOCUMENT, level=level)
    assert count_tokens(short) < 0.85 * count_tokens(DOCUMENT)
    assert short.startswith("---\ntitle: Pumps\n---\n# ")
    assert "```python\n" in short
    assert "pump.rate*hours" in short.replace(" ", "")
    assert '```json\n{"pumps":[1,2],"limit":1.0}\n```' in short
    assert "```\nplain output   stays\n```" in short
    assert "`flow( pump )`" in short
    assert "40" in short
    assert "not" in short.lower()
    assert short.count("```") == DOCUMENT.count("```")


def test_a_table_stays_a_table() -> None:
    short = mixed.shorten(DOCUMENT, level=0)
    (table,) = [part.text for part in parts.parts(short) if part.kind == "table"]
    assert table == "|Pump|Flow|Note|\n|-|-:|-|\n|A-1|1,200|new|\n||300|spare|"


@settings(deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.text("ab1 ,$\\", max_size=6).map(str.strip), min_size=width, max_size=width),
            min_size=2,
            max_size=5,
        )
    )
)
def test_a_tight_table_has_the_same_cells(cells: list[list[str]]) -> None:
    table = rows.markdown(cells)
    before, after = rows.markdown_rows(table), rows.markdown_rows(mixed.tight(table))
    assert after == before


def test_the_check_passes_what_the_parts_keep() -> None:
    for level in (0, 1):
        verdict = check.check(DOCUMENT, mixed.shorten(DOCUMENT, level=level))
        assert verdict.passed, verdict.losses


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("* hours", "+ hours"),
        ('"limit": 1.0', '"limit": 2.0'),
        ("Do not open", "Do open"),
        ("40 °C", "50 °C"),
        ("1,200", "1,300"),
    ],
)
def test_the_check_looks_into_every_part(old: str, new: str) -> None:
    assert old in DOCUMENT
    verdict = check.check(DOCUMENT, DOCUMENT.replace(old, new))
    assert not verdict.passed


def test_where_a_loss_stands_is_told_in_the_whole_document() -> None:
    changed = DOCUMENT.replace("* hours", "+ hours")
    losses = [loss for loss in check.check(DOCUMENT, changed).losses if loss.where is not None and not loss.invented]
    assert losses
    assert all(DOCUMENT.index("def flow") <= (loss.where or 0) <= DOCUMENT.index("```json") for loss in losses)


def test_html_becomes_markdown() -> None:
    assert parts.is_html(PAGE)
    assert markup.markdown(PAGE) == (
        "Pumps\n\n# The pumps\n\nOpen the valve first; see [the manual](https://pumps.example/a?b=1) and ![a pump](x.png).\n\n"
        "1. Open\n2. Wait 5 minutes\n  - or 6\n\nPump|Flow\n-|-\nA\\|1|1 & 2\n\n```python\ndef flow(pump):\n    return pump.rate\n```"
    )


def test_html_can_stay_html() -> None:
    short = mixed.shorten(PAGE, level=0)
    assert short.startswith("<!DOCTYPE html><html>")
    assert '<a href="https://pumps.example/a?b=1">the manual</a>' in short
    assert "<script>var x = 1;</script>" in short
    assert count_tokens(short) < count_tokens(PAGE)


@pytest.mark.parametrize("text", ["a < b and c > d", "plain words", "one | two, but no table", "`code` here"])
def test_prose_is_not_mixed(text: str) -> None:
    assert not parts.is_mixed(text)


@pytest.mark.parametrize("text", [DOCUMENT, PAGE, DOCUMENT * 5])
@pytest.mark.parametrize("ratio", [0.7, 0.4, 0.2, 0.05, 0.0])
def test_a_budget_is_never_exceeded(text: str, ratio: float) -> None:
    budget = int(ratio * count_tokens(text))
    short = mixed.fit(text, budget=budget, count=count_tokens)
    assert count_tokens(short) <= budget
    if ratio >= 0.4:
        whole = mixed.fit(text, budget=10**6, count=count_tokens)
        assert count_tokens(short) > 0.6 * min(budget, count_tokens(whole))


def test_what_is_asked_about_gets_more_room() -> None:
    text = DOCUMENT + "\n".join(f"Line {i} is about nothing in particular, and goes on for a while." for i in range(40))
    budget = count_tokens(text) // 4
    short = mixed.fit(text, budget=budget, count=count_tokens, question="What is the rate of flow( pump , hours )?")
    assert "pump.rate" in short


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "```",
                "```json",
                "~~~py",
                "| a | b |",
                "|--|--|",
                "|-",
                "x|y",
                "text",
                "",
                "  ```",
                "<p>",
                "</p>",
                '{"a":',
                "---",
                "# h",
            ]
        ),
        max_size=12,
    ).map("\n".join),
    st.integers(0, 3),
)
def test_any_markdown_can_be_shortened_and_fitted(text: str, level: int) -> None:
    assert "\n".join(part.whole for part in parts.parts(text)) == text
    parts.is_mixed(text)
    mixed.shorten(text, level=level)
    assert count_tokens(mixed.fit(text, budget=5, count=count_tokens)) <= 5


def test_json_in_a_fence_stays_json() -> None:
    (part,) = [part for part in parts.parts(mixed.shorten(DOCUMENT, level=2)) if part.kind == "data"]
    assert json.loads(part.text) == {"pumps": [1, 2], "limit": 1.0}


TAGS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<ol start='²'>",
        "<li>",
        "</ol>",
        "<![foo[",
        "]]>",
        "<pre>",
        "<code>",
        "</pre>",
        "<td>",
        "<tr>",
        "<a href=x>",
        "</a>",
        "<!--",
        "-->",
        "<script>",
        "&#9;",
        "&amp;",
        "text ",
        "\n",
        "<",
        "|",
    ]
)


@settings(deadline=None)
@given(st.lists(TAGS, max_size=15).map("".join), st.integers(0, 3))
def test_any_html_can_be_read(inner: str, level: int) -> None:
    page = f"<div>{inner}</div>"
    assert parts.is_html(page)
    mixed.shorten(page, level=level)
    assert count_tokens(mixed.fit(page, budget=7, count=count_tokens)) <= 7


def test_words_of_a_page_are_kept() -> None:
    text = markup.markdown(PAGE)
    assert all(
        word in text
        for word in (
            "Pumps",
            "valve",
            "manual",
            "https://pumps.example/a?b=1",
            "a pump",
            "x.png",
            "minutes",
            "pump.rate",
        )
    )
    assert not any(word in text for word in ("color", "var x", "menu", "wide"))


def test_a_page_that_shows_nothing_stays() -> None:
    page = (
        '<!doctype html>\n<html><head><script src="app.js"></script></head><body><div id="root"></div></body></html>\n'
    )
    assert mixed.shorten(page, level=3) == page
    assert not check.check(page, "").passed


def test_front_matter_stays_as_it_is() -> None:
    head = "---\nname: Feature request\nabout: Suggest a feature for the tool\n---\n"
    text = head + "\nThis is what the feature would be used for, and by whom it would be used.\n"
    short = mixed.shorten(text, level=3)
    assert parts.is_mixed(text)
    assert short.startswith(head)
    assert count_tokens(short) < count_tokens(text)
