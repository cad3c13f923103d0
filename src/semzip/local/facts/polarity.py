"""Words that say "no" of something by what they mean, whatever they are used of: by these a rewrite denies without a "not"."""

from __future__ import annotations

import re

from semzip.local.facts import lexicon
from semzip.local.facts.terms import stem

_DENYING = lexicon.words("""
abandon abolish abort absent absence abstain aloof anonymous apart avert avoid away ban bar barred bare barely bereft
beyond blank blind block boycott broken busy cancel cease ceased close closed contrary counter cut dead debar decline
defect defer defunct defy delay delete deny deprive deter disagree discard discourage dispel dispense dispute dormant doubt drop
dull dumb empty end ended escape eschew evade ex except exempt exclude expel expire extinct fail false faulty few forbid
forego forfeit forgo forget forgot forgotten former free freed gap gone halt hardly hidden hide hinder idle ignorant
ignore impede inhibit innocent instead invalid kept lack lapse last lax leave left less limit little locked lone lose
loss lost low minimal minor miss missed missing moot mute naked naught neglect negate neutral never nil none nowhere null
nullify numb obsolete odd off omit only open oppose opposite optional orphan out outlaw overlook past pause pend pending
poor preclude prevent private prohibit quit rare rather rebuff refrain refuse refute reject release relinquish reluctant
remain remove renounce repeal repel rescind resist restrict retain retire revoke scant scarce scrap secret seldom shut
silent skip solely spare spurn static stay stick stop strip stuck suppress surrender suspend taboo tentative terminate turned
vacant vague vain vanish veto void waive warn wary weak withdraw withdrawn withhold withheld withstand wrong zero
""")
_STEMS = frozenset(stem(word) for word in _DENYING) | _DENYING
_AFFIXED = re.compile(
    r"un(?!it|iq|ion|iv|ti|der|cle)\w{3,}|non-?\w{3,}|\w{3,}(?:less|free|proof)|in(?=[acdefhnostv])(?!t|stit|stru|form|deed|door|come|dustr|stead|sid)\w{5,}"
    r"|im(?:possib|proper|perfect|matur|mun|mob|prec|pract)\w*|il(?:legal|legib|logic|licit)\w*|ir(?:r)\w{4,}|dis\w{4,}|mis\w{4,}|anti-?\w{3,}",
    re.IGNORECASE,
)


def denies(word: str) -> bool:
    """Whether a word may say "not" of something by itself: lost, withheld, unknown, free."""
    low = word.lower()
    return low in lexicon.WEAK_NEGATIONS or low in _STEMS or stem(low) in _STEMS or _AFFIXED.fullmatch(low) is not None
