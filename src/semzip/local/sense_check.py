"""Negations, conditions, bounds, directions, quantifiers, units and sources: each beside the words that it governs."""

from __future__ import annotations

import re

from semzip.local import lexicon
from semzip.local.findings import Findings

_SENSES = frozenset({"negation", "condition", "bound", "direction", "quantifier", "unit", "attribution"})
_HARD_ALONE = frozenset({"negation", "condition", "bound", "unit"})
_WEAK = re.compile(
    r"\b(?:" + "|".join(sorted(w for w in lexicon.WEAK_NEGATIONS if w.isalpha())) + r"|un\w{3,}|in\w{4,}|im\w{4,}|ir\w{4,}"
    r"|dis\w{3,}|non\w*|il\w{4,}|mis\w{4,}|anti\w*|\w+less|\w+free|no|not|never|none|nor|neither|without|cannot|but|although"
    r"|however|though|either|until|beyond|too|de\w{4,}|otherwise|different|other|almost|far|against|pre\w*)\b|n['’]t\b|[∅⊥¬✗≠−×]|\bw/o|→|\bvs\b",
    re.IGNORECASE,
)  # fmt: skip
_IF = re.compile(
    r"→|=>|:|\?|∀|∵|/|=|\(|\b(?:when|whenever|where|wherever|once|given|upon|with|by|in case|case|for|while|as|assuming|depend\w*"
    r"|should|could|would|whether|or|cond\w*|then|w/|after|on|requires?|req\w*|needs?|until|if|even)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:one|sole\w*|single|exclusive\w*|just|alone|limited|merely|mere|unique\w*|no other|not|but|restrict\w*|except|no|"
    r"until|until|unless|nothing|none|must|require\w*|barely|hardly)\b|[∃!=:→1]",
    re.IGNORECASE,
)
_EXCEPT = re.compile(
    r"\b(?:but|not|no|without|excl\w*|besides|other|save|only|bar|minus|non\w*|except\w*|unless|if|w/o)\b|[-−¬≠:(]|n['’]t\b",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"[-–→<≤:]|\b(?:to|thru|through|by|before|pre\w*|up|end\w*|ending|when|then|as of|for|til|only|not)\b",
    re.IGNORECASE,
)
_ANSWERS = {
    "negation": {"no": _WEAK},
    "condition": {
        "if": _IF,
        "only": _ONLY,
        "except": _EXCEPT,
        "unless": _EXCEPT,
        "until": _UNTIL,
        "otherwise": re.compile(r"[:|/,;]|\b(?:or|else|not)\b", re.IGNORECASE),
    },
}


def check(found: Findings) -> None:
    """Report every sense word that was lost, turned round or added."""
    pair = found.pair
    a, b = pair.a, pair.b
    places: dict[tuple[str, str], list[int]] = {}
    for j, kind in enumerate(b.kinds):
        if kind in _SENSES:
            places.setdefault((kind, b.keys[j]), []).append(j)
    open_ = [i for i, kind in enumerate(a.kinds) if kind in _SENSES]
    used: set[int] = set()
    match: dict[int, int] = {}
    for reach in (0, 2, 8):
        rest: list[int] = []
        for i in open_:
            j = _place(found, places.get((a.kinds[i], a.keys[i]), []), i, reach, used)
            if j < 0:
                rest.append(i)
            else:
                used.add(j)
                match[i] = j
        open_ = rest
        if not open_:
            break
    fresh = [j for j, kind in enumerate(b.kinds) if kind in _SENSES and j not in used]
    for i in open_:
        _lost(found, i, fresh, places, used)
    for j in fresh:
        _added(found, j)


def _place(found: Findings, places: list[int], i: int, reach: int, used: set[int]) -> int:
    """The free place for sense word `i` closest to the words beside it, if within `reach` of touching them."""
    if not places:
        return -1
    to, left, right = found.pair.to, found.left[i], found.right[i]
    low = to[left] if left >= 0 else -1
    high = to[right] if right >= 0 else len(found.pair.b.keys)
    best, distance = -1, reach + 1
    for j in _around(places, low, high):
        if j in used:
            continue
        if low < j < high and high - low <= 6:
            off = 0
        else:
            off = min(abs(j - low - 1) if left >= 0 else 99, abs(high - 1 - j) if right >= 0 else 99)
            off += 1 if (left >= 0 and j < low) or (right >= 0 and j > high) else 0
        if left < 0 and right < 0:
            off = 0
        if off < distance:
            best, distance = j, off
    return best


def _around(places: list[int], low: int, high: int) -> list[int]:
    from bisect import bisect_left

    near: list[int] = []
    for aim in (low, high):
        at = bisect_left(places, aim)
        near.extend(places[max(0, at - 2) : at + 2])
    return sorted(dict.fromkeys(near))


def _slice(found: Findings, i: int) -> tuple[str, bool, int, int]:
    """The compressed text around where item `i` should be, whether its surroundings survived, and its item range."""
    pair, b = found.pair, found.pair.b
    left, right = found.left[i], found.right[i]
    near_left = left >= 0 and i - left <= 2 and pair.a.sentences[left] == pair.a.sentences[i]
    near_right = right >= 0 and right - i <= 2 and pair.a.sentences[right] == pair.a.sentences[i]
    aims = [pair.to[c] for c, near in ((left, near_left), (right, near_right)) if near]
    if not aims:
        return "", False, 0, -1
    low, high = max(0, min(aims) - 1), min(len(b.keys) - 1, max(aims) + 1)
    if high - low > 8:
        low, high = max(0, aims[-1] - 3), min(len(b.keys) - 1, aims[-1] + 1)
    return found.compressed[b.starts[low] : b.ends[high]], True, low, high


def _lost(found: Findings, i: int, fresh: list[int], places: dict[tuple[str, str], list[int]], used: set[int]) -> None:
    a, b = found.pair.a, found.pair.b
    kind, key = a.kinds[i], a.keys[i]
    text, survived, low, high = _slice(found, i)
    opposite = lexicon.OPPOSITE.get(key)
    rivals = [j for j in fresh if low <= j <= high and b.kinds[j] == kind]
    if opposite is not None and any(b.keys[j] == opposite for j in rivals):
        found.lose(kind, i)
        return
    if not survived:
        found.soften(i)
        return
    answer = _ANSWERS.get(kind, {}).get(key)
    if answer is not None and answer.search(text):
        found.soften(i)
        return
    if kind == "bound" and (rivals or not _counted(found, i)):
        if rivals and b.keys[rivals[0]] != key and key != "~":
            found.lose(kind, i)
        else:
            found.soften(i)
        return
    if kind == "bound" and re.search(r"\d\+|[<>≥≤~≈]|max|min|limit|cap", text):
        found.soften(i)
        return
    if kind == "unit":
        _unit(found, i, places)
        return
    if kind in _HARD_ALONE:
        found.lose(kind, i)
    else:
        found.soften(i)


def _counted(found: Findings, i: int) -> bool:
    """Whether a bound stands beside a number that survived."""
    a, to = found.pair.a, found.pair.to
    return any(
        0 <= k < len(to) and a.kinds[k] in {"number", "date"} and to[k] >= 0 for k in (i + 1, i + 2, i - 1, i - 2)
    )


def _unit(found: Findings, i: int, places: dict[tuple[str, str], list[int]]) -> None:
    """A unit is lost where its number survived with another unit, or with none."""
    pair, a, b = found.pair, found.pair.a, found.pair.b
    number = next(
        (k for k in (i - 1, i + 1) if 0 <= k < len(a.kinds) and a.kinds[k] == "number" and pair.to[k] >= 0), -1
    )
    if number < 0:
        found.soften(i)
        return
    j = pair.to[number]
    others = [k for k in (j - 1, j + 1) if 0 <= k < len(b.kinds) and b.kinds[k] == "unit"]
    same = places.get(("unit", a.keys[i]), [])
    if not others and any(abs(k - j) <= 8 for k in same):
        found.soften(i)
        return
    if a.keys[i] in {"AD", "x", "am", "CENT"}:
        found.soften(i)
        return
    found.lose("unit", i)


def _added(found: Findings, j: int) -> None:
    """A sense word that the original does not have there."""
    pair, a, b = found.pair, found.pair.a, found.pair.b
    kind, key = b.kinds[j], b.keys[j]
    aims = [pair.back[c] for c in (found.left_b[j], found.right_b[j]) if c >= 0]
    if not aims:
        return
    low, high = max(0, min(aims) - 3), min(len(a.keys) - 1, max(aims) + 3)
    if high - low > 14:
        return
    text = found.original[a.starts[low] : a.ends[high]]
    if any(a.keys[i] == key for i in range(low, high + 1)):
        return
    if kind == "negation" and not _WEAK.search(text):
        found.invent(kind, j)
