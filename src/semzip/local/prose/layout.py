"""Layout: which lines of a text are prose, which must stay as they are, and which line breaks mean nothing."""

from __future__ import annotations

import re

_ITEM = re.compile(
    r"(?:[-*+•–] |\(?\w{1,2}[.)] |[:@]\w|[#>|=~^+`]|-{2,}|\.\. |\*{0,2}\w+(?: \([^)]*\))?(?:: | -- |:$)|\w+(?: : |$))"
)
_RULE = re.compile(r"[\W_]{3,}$")
_SIGNS = re.compile(r"[=(){}\[\]<>|\\;_]")
_CODE = re.compile(
    r"(?:import|from) \w[\w.]*(?: import .*)?$|(?:for|while|if|with|def|class|try|else|elif)\b.*:$|\w+ ?[-+*]?= ?\S|[\w.]+\(.*\)$"
)
_WIDE = 40


def parts(text: str) -> list[tuple[bool, str]]:
    """The text in parts, each with whether it is prose. Doctests, fenced and literal blocks, tables and rules are not."""
    if "\n" not in text:
        return [(not text.lstrip().startswith(">>>"), text)]
    out: list[tuple[bool, list[str]]] = []
    fence = ""
    doctest = literal = False
    literal_indent = 0
    for line in text.split("\n"):
        bare = line.strip()
        indent = len(line) - len(line.lstrip())
        opens = bare[:3] if bare[:3] in ("```", "~~~") else ""
        if literal and bare and indent <= literal_indent:
            literal = False
        doctest = bool(bare) and (doctest or bare.startswith(">>>"))
        prose = not (fence or opens or doctest or literal or _is_fixed(bare, indent))
        if opens and (not fence or opens == fence):
            fence = "" if fence else opens
        if bare.endswith("::") and prose:
            literal, literal_indent = True, indent
        if out and (out[-1][0] == prose or not bare):
            out[-1][1].append(line)
        else:
            out.append((prose, [line]))
    return [(prose, "\n".join(lines)) for prose, lines in out]


def _is_fixed(bare: str, indent: int) -> bool:
    """Whether a line is a table's, a rule, or indented and full of signs as code is."""
    if not bare or bare[0] == "|" or _RULE.match(bare):
        return bool(bare)
    return bool(_CODE.match(bare)) or (indent >= 4 and 12 * len(_SIGNS.findall(bare)) > len(bare))


def reflow(text: str) -> str:
    """The text with its wrapped lines joined: a break is dropped where a long line goes on at the same depth."""
    if "\n" not in text:
        return text
    lines = text.split("\n")
    out = [lines[0]]
    last = lines[0]
    for line in lines[1:]:
        bare = line.strip()
        wrapped = (
            len(last.strip()) >= _WIDE
            and bare
            and not last.rstrip().endswith(":")
            and not _ITEM.match(bare)
            and (len(line) - len(line.lstrip()) >= len(last) - len(last.lstrip()) or last is lines[0])
        )
        if wrapped:
            out[-1] = f"{out[-1].rstrip()} {bare}"
        elif bare or out[-1].strip():
            out.append(line)
        last = line
    return "\n".join(out)
