"""What shorthand for code writes for what: signs for words, words for calls. The tables of `lexical_check`."""

from __future__ import annotations

import ast
from typing import Final


def _words(text: str) -> list[str]:
    return text.split()


def _table(text: str) -> dict[str, tuple[str, ...]]:
    """Each line is a word, a colon, and what may stand for it; an underscore is a blank."""
    rows = (line.partition(": ") for line in text.strip().splitlines())
    return {word.replace("_", " ").replace("  init  ", "__init__"): tuple(_words(rest)) for word, _, rest in rows}


def number(text: str) -> str:
    """A numeral without its notation."""
    text = text.replace("_", "").lower()
    try:
        value = float(int(text, 0)) if text[:2] in {"0x", "0b", "0o"} else float(text)
    except (ValueError, OverflowError):
        return text
    return repr(value)


SIGNS: Final = _table(r"""
==: == === = ≡ is match switch
!=: != !== ≠ <>
<=: <= ≤
>=: >= ≥
<: <
>: >
is: is == === ! not ? ?? = ¬ ∅ || or ?:
is_not: is != !== not ? ?. ≠ && ?? if and → ∃
in: in ∈ ∉ has of includes contains ? ?. get
not_in: not ∉ ! ¬ notin else get setdefault
and: and && & ∧ if ?. ,
or: or || | ∨ ?? else ?: in ∈
not: not ! ¬ ∄ no empty ∅ else unless ∉ without
//: // ÷ /
*: * × ·
**: ** ^ ² pow
%: % mod f format
&: & ∩ and &&
|: | ∪ or ||
^: ^ ⊕ xor
~: ~ ! ¬
+: + ++ ⧺ ∪ +=
-: - − ∖ \ -=
""")
"""Signs and words that keep an operator."""

FLIPS: Final = _table(r"""
==: != !== ≠
!=: == ===
<: <= > >= ≤ ≥
<=: < > >= ≥
>: >= < <= ≤ ≥
>=: > < <= ≤
+: -
-: +
*: / // + -
and: or ||
or: and &&
""")
"""Operators that turn an operator into something else, between the same neighbours."""

BOUNDS: Final = {
    sign: pair for pair in (frozenset({"<", ">="}), frozenset({"<=", ">"})) for sign in pair
}  # fmt: skip
"""A comparison with a limit, and its contrary."""

MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
"""The same comparison with its sides exchanged."""

SPELLED: Final = {"≤": "<=", "≥": ">="}

STEPS: Final[dict[type[ast.AST], str]] = {
    ast.Return: "return",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
    ast.Break: "break",
    ast.Continue: "continue",
}
"""Steps that shorthand writes as words."""

ALIAS: Final = {"ret": "return", "yields": "yield", "yld": "yield", "cont": "continue", "brk": "break"}

CONTROL: Final = _table(r"""
raise: raise throw throws ! error err reject raises ⚠ ✗ fail panic
return: return ret returns = -> => → yield ^ | ? ⇒ ↩ {
if: if ? ! → => -> | when match && case or || ?? ?. else ⇒ unless
else: else : | otherwise || or ?? ; → _
for: for ∀ map each foreach forEach loop in filter |> any all λ zip ...
while: while loop until for ∞ repeat
try: try catch except rescue finally get getattr setdefault ? !
except: except catch rescue get getattr setdefault ! on | error
finally: finally ensure defer always
with: with using in as |> open
await: await ⏳ a: async @await
yield: yield gen yields ⇝ yld for
yield_from: yield gen yields for
break: break stop until first return exit brk next any all takewhile dropwhile
continue: continue skip next if cont filter unless → else
assert: assert require check ensure !
del: del delete remove pop - rm
async_def: async await afn a
async_for: async await
async_with: async await with
global: global =
nonlocal: nonlocal =
case: case | → => ->
""")
"""Signs and words that keep a step of the control flow."""

CALLS: Final = _table(r"""
isinstance: is isa instanceof ∈ : type typeof match isInstance inst
issubclass: sub subclass <: < ⊂ ⊆
len: # | length size count empty !
append: += push ++ add [ << + for ←
add: += ∪ |= push + append ∪=
extend: += ++ ... concat +
update: |= ... ∪ merge += ** |
get: [ ?. . ??
pop: del remove -
items: for in ∀ map
keys: in for
values: in for
super: parent base __init__ init
__init__: init class super new
list: [
tuple: (
set: { ∪ unique
dict: { locals
map: for
str: " ' ` f string
hasattr: has ? ?. . in exists
getattr: . [
setattr: = .
enumerate: for ,
range: .. ... for 0
iter: for in
next: first [
join: + concat
format: f { %
type: .__class__ typeof :
any: ∃ some or
all: ∀ every and
bool: !! ?
startswith: ^ starts prefix
endswith: $ ends suffix
sum: Σ ∑
print: out log
""")
"""Signs and words that keep the call of a common function."""

WORDS: Final = frozenset(
    _words("""
fn func function def class cls struct enum type interface return ret if elif else for foreach while loop in not and
or is try except catch raise throw throws finally with using as async await afn yield map filter reduce fold any all
some every let var const val where case match when switch then do end each new init prop property abstract static
override self this super None null nil true false True False lambda λ import from int str bool float list dict tuple
set len sorted reversed zip enumerate range push first last merge concat empty skip continue break error err warn
del delete iter next has typeof instanceof pipe unless until repeat pass method module overload decorator flatten union chain
setdefault setitem from_iterable
classmethod staticmethod get getattr hasattr locals items setattr extend update takewhile dropwhile drop on of to by no sub doc note e g i k v x y f s n p t a b c d m
""")
)
"""Names that a notation may call without inventing anything."""

FILLER: Final = frozenset(
    _words("""
a an the of to in on is are be was were been for and that this it its with as by at from into must should could
would can will you your we not has have had may use using but or if than then so such there their they do does did
""")
)
"""Words whose loss a message survives."""
