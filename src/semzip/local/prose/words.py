"""Words: how a text is cut into pieces that are kept or dropped whole, and which words carry no content of their own."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import pairwise

from semzip.local.facts import han
from semzip.local.facts.openers import is_german
from semzip.tokens import token_ids

_GLUE = frozenset(":.,/-–−_'’@&+#$~×%^*=")
"""Signs that make one piece of what stands on both sides of them."""
_CLOSING = frozenset(".,;:!?")
"""Signs that stay next to what stands before them, whatever was dropped between."""
_PAUSES = frozenset("，、；：。·")
"""Chinese signs of which one is enough where what stood between them was dropped."""
_ENDINGS = (
    *("ations", "ation", "ities", "ments", "ment", "ness", "ings", "ing", "ity", "ally", "ly", "ies", "ied", "ions"),
    *("ion", "ers", "er", "ed", "es", "al", "ic", "s", "e"),
)


@cache
def _piece(*, chinese: bool) -> re.Pattern[str]:
    letter = rf"[^\W{han.LETTERS}]" if chinese else r"\w"
    return re.compile(
        rf"""(\s*)(
        ``[^`\n]+``|`[^`\n]+`_{{0,2}}                                    # code in backticks
        |(?:https?|ftp)://[^\s<>"']*[^\s<>"'.,;:!?)\]}}]                 # address
        |(?<!{letter})[+\-−±]?[$€£¥₹]?\d+(?:[.,:/×x–-]\d+)*(?:{letter}|[-’'](?={letter})|[%°½¼¾²³‰])*   # number with sign and unit
        |(?:[@#$\\/.~_]|--?)?{letter}+(?:(?:[-_.'’@/&+]|::)+{letter}+)*(?:\(\))?    # word, compound, name of code
        {f"|[{han.LETTERS}]+" if chinese else ""}
        |(.)\3+                                                         # a line of dashes
        |[^\s]
        )""",
        re.VERBOSE,
    )


def split(text: str) -> list[tuple[str, str]]:
    """White space and the piece behind it, for every piece of the text; white space at the end is left out."""
    pattern = _piece(chinese=han.may_hold(text))
    return [(gap, piece) for gap, piece, _ in pattern.findall(text)]


def pieces(text: str) -> list[str]:
    """The pieces of a text without the white space between them."""
    return [piece for _, piece in split(text)]


@lru_cache(maxsize=200_000)
def _ids(piece: str) -> tuple[int, ...]:
    """Tokens of a piece where it stands in a text, in the default tokenizer: a word behind a space, a sign without."""
    return tuple(token_ids(" " + piece if piece[0].isalnum() and not is_han(piece) else piece))


def cost(piece: str) -> int:
    """Number of tokens of a piece where it stands in a text, in the default tokenizer."""
    return len(_ids(piece))


@lru_cache(maxsize=200_000)
def has_digit(piece: str) -> bool:
    """Whether a piece is or holds a figure."""
    return any(letter.isdigit() for letter in piece)


@lru_cache(maxsize=200_000)
def rarity(piece: str) -> float:
    """How rare a word is, about 0.2 to 1.8: tokens with low numbers were met first, so the tokenizer knows the common ones."""
    ids = _ids(piece)
    return max(0.2, (math.log2(max(ids, default=0) + 2) + 2 * (len(ids) - 1) - 7) / 8)


def is_han(piece: str) -> bool:
    """Whether a piece is written without spaces around it."""
    return han.begins(piece)


def is_plain(piece: str) -> bool:
    """Whether a piece is a lower-case word of a language, not a name, a number or code."""
    return piece.islower() and piece.replace("-", "").replace("’", "").replace("'", "").isalpha()


def is_negation(word: str) -> bool:
    """Whether a lower-case word or sign denies something."""
    return word in NEGATIONS or word.endswith(("n't", "n’t"))


def is_number(word: str) -> bool:
    """Whether a lower-case word is a number, or a compound with one: two, two-thirds."""
    return word in NUMBERS or ("-" in word and not NUMBERS.isdisjoint(word.split("-")))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """A lower-case word without its ending; at least four letters stay."""
    if len(word) < 5 or not word.isalpha():
        return word
    return next((word[: -len(end)] for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 4), word)


def join(pieces: Sequence[tuple[str, str]], kept: Iterable[int]) -> str:
    """The kept pieces in their order. Words never run into one another, white space shrinks, a new line keeps its indentation."""
    out: list[str] = []
    moved = False
    for before, at in pairwise([-1, *kept]):
        gap, piece = pieces[at]
        apart = at > before + 1
        if apart and piece in _PAUSES and (not out or out[-1] in _PAUSES):
            if out and out[-1] != "。":
                out[-1] = piece
            continue
        if out:
            if apart and not (piece in _CLOSING and not gap):
                gaps = [pieces[between][0] for between in range(at, before, -1)]
                gap = next((one for one in gaps if "\n" in one), "") or "".join(gaps)
            if "\n" in gap:
                out.append("\n" + gap.rpartition("\n")[2])
            elif gap or ((apart or moved) and _run_together(out[-1], piece)):
                out.append(" ")
        out.append(piece)
        moved = apart and piece in _CLOSING
    return "".join(out)


def collect(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


@lru_cache(maxsize=100_000)
def _run_together(left: str, right: str) -> bool:
    """Whether two pieces that were not neighbours would read as one, as neighbours, or as the start of a call."""
    joins = right[0].isalnum() or (right[0] in _GLUE and right not in _CLOSING) or (right == "(" and not is_han(left))
    if (left, right) == ("(", ")") or (joins and (left[-1].isalnum() or left[-1] in _GLUE)):
        return True
    return right not in _CLOSING and pieces(left + right)[0] != left


# Words without content of their own, by what they are for.
ARTICLES = collect(
    "a an the der die das den dem des ein eine einer eines einem einen le la les un une des el los las uno una"
)
COPULAS = collect(
    "is are was were be been being am has have had having does do did "
    "ist sind war waren wird werden wurde wurden worden sei hat haben hatte hatten"
)
FILLERS = collect(
    "also too very just quite rather really actually basically simply indeed however therefore moreover furthermore "
    "additionally such then thus so there here "
    "auch doch ja schon sehr so dann da damit dabei dazu daher denn"
)
PRONOUNS = collect(
    "that which who whom whose this these those it its itself they them their theirs themselves he him his himself she "
    "her hers herself we us our ours i me my you your yours one "
    "dass daß dieser diese dieses diesem diesen er es sie ihm ihn ihnen ihr ihre ihrem ihren ihrer sein seine seinem seinen "
    "seiner sich ich mich mir wir uns unser unsere man"
)
LINKS = collect(
    "and as both well in into on onto upon of at to for with etc "
    "als wie und sowie im ins am an auf aus bei beim mit zu zum zur von vom für um über"
)
RELATIONS = collect(
    "by from about through during against across along among around behind beyond via per toward towards while when where "
    "what why how because since though although whereas or but can could will would shall should may might must than like "
    "durch gegen seit nach während weil obwohl wenn wo was warum oder aber kann können könnte konnte soll sollte muss "
    "müssen musste darf würde zwischen unter"
)
RELATING = RELATIONS - collect("can will what how but like by kann können was aber") | collect(
    "into onto over under out off away apart back up down"
)
"""Small words without which a sentence says another thing: moved from, turned into, worked around, this or that."""
NEGATIONS = collect(
    "not no never none nobody nothing nowhere neither nor without cannot cant dont doesnt isnt arent wont "
    "nicht kein keine keinen keinem keiner keines nie niemals niemand nichts ohne weder noch w/o ¬ ≠ ∄"
)
BOUNDS = collect(
    "if unless except only until before after above below under over least most more less fewer than exactly within "
    "all any every each some few many several between up down "
    "falls außer bis nur vor nach mehr weniger mindestens höchstens alle jede jeder jedes einige viele"
)
NUMBERS = collect(
    "zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion half twice "
    "third quarter first second dozen double triple once "
    "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend million millionen milliarde milliarden "
    "erste ersten zweite zweiten dritte dritten hälfte"
)
GERMAN = collect("die war man hat den")
"""Function words of German that are others in English; in a text that is not German they have content."""
FUNCTION = ARTICLES | COPULAS | FILLERS | PRONOUNS | LINKS | RELATIONS
_OPENING = 300
"""Pieces that tell the language."""


def foreign(texts: Sequence[str]) -> frozenset[str]:
    """The words of German that are no function words in these pieces, since they are not German: the war, the man."""
    if GERMAN.isdisjoint(map(str.lower, texts)) or is_german(" ".join(texts[:_OPENING])):
        return frozenset()
    return GERMAN


LIMITS = BOUNDS | collect("about around nearly almost approximately from since against")
"""Words that bound the number behind them."""
ENDS = collect(". ! ? 。 ！ ？")
