"""Which openers of sentences are names: capitals say nothing there, nor anywhere in German."""

from __future__ import annotations

import re

from semzip.local.facts import lexicon, spellings
from semzip.local.facts.items import Scan
from semzip.local.facts.terms import WORD

_COMMON_END = re.compile(r"(?:ly|ing|tion|sion|ment|ness|ity|ed|ers|ors|ies|ous|ful|ive|able|ible|ents|ants)$|[^s]s$")
_OWNER = re.compile(r"['’]s$")
_VERB = re.compile(
    r" (?:is|was|has|had|will|would|can|could|did|does|said|says|went|goes|made|makes|took|takes|gave|gives|got|gets|ran|runs"
    r"|wrote|won|lost|sold|bought|left|kept|led|met|saw|began|became|held|came|paid|put|set|sent|spent|told|taught|drew|built"
    r"|lent|hid|fed|ate|drank|rode|wore|chose|broke|spoke|threw|caught|brought|thought|fought|felt|fell|rose|grew|knew|flew"
    r"|never|also|then|later|and|not|may|must|[a-z]{3,}ed|[a-z]{2,}[^sui]s)\b"
)
_OPENERS = lexicon.words("""
due later means see together written progress thing one another people someone nothing everything today yesterday oh yes
please note key core basic current only what part being given based such time work life love
""")
_GERMAN = re.compile(r"\b(?:der|die|das|und|ist|nicht|mit|ein|eine|den|von|wird|auf)\b", re.IGNORECASE)
_ENGLISH = re.compile(r"\b(?:the|of|and|to|is|that|for|was|with|by|a)\b", re.IGNORECASE)


def is_german(text: str) -> bool:
    """Whether a text reads like German, which writes every noun with a capital."""
    found = len(_GERMAN.findall(text))
    return found > 0 and found > 2 * len(_ENGLISH.findall(text))


def settle(text: str, items: Scan, doubtful: list[int], names: set[str], *, german: bool) -> None:
    """Make names of those doubtful items that look like names, or stand elsewhere in the text as one."""
    if not doubtful:
        return
    kinds, keys = items.kinds, items.keys
    open_ = frozenset(doubtful)
    common = {key for at, (kind, key) in enumerate(zip(kinds, keys, strict=True)) if kind == WORD and at not in open_}

    def joined(at: int) -> bool:
        """Whether item `at` and the one after it are two capitalised words side by side."""
        if at < 0 or at + 1 >= len(keys) or items.starts[at + 1] - items.ends[at] != 1:
            return False
        return all(kinds[k] == "name" or k in open_ for k in (at, at + 1))

    for at in doubtful:
        if german:
            named = joined(at) or joined(at - 1)
        else:
            named = keys[at] in names or (keys[at] not in common and (joined(at) or _is_subject(text, items, at)))
        if named:
            kinds[at] = "name"


def _is_subject(text: str, items: Scan, at: int) -> bool:
    """Whether an opener is used as a name: it owns something, or a verb follows it."""
    word = text[items.starts[at] : items.ends[at]]
    if _OWNER.search(word):
        return True
    if _COMMON_END.search(word) or len(word) < 3 or word.lower() in _OPENERS or word.lower() in spellings.SYNONYMS:
        return False
    return _VERB.match(text, items.ends[at]) is not None
