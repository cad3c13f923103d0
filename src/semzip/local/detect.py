"""What kind of text this is: prose, code or data. Looks at the first lines only; unsure means prose."""

from __future__ import annotations

import csv
import re

from semzip.records import Domain

_WINDOW = 3_000
_MOST_LINES = 40
_LONGEST_LINE = 200

_CODE_START = re.compile(
    r"""(?x)
    (?:async[ ]+)?def[ ]+\w+[ ]*[\[(] | class[ ]+\w+[ ]*(?:\([^)]*\))?[ ]*: | (?:export[ ]+)?(?:abstract[ ]+)?class[ ]+\w+[^.\n]*\{
    | import[ ]+[\w.]+(?:[ ]+as[ ]+\w+)?(?:[ ]*,[ ]*[\w.]+)*[ ]*;?[ ]*(?:\#.*)?$ | from[ ]+[\w.]+[ ]+import[ ]+[\w(*]
    | import[ ]+(?:[\w*{}, ]+[ ]+from[ ]+)?["'(] | @[\w.]+(?:\(.*\)?)?[ ]*$ | \#!/ | \#[ ]*(?:include|define|pragma|ifn?def)\b
    | (?:export[ ]+)?(?:default[ ]+)?(?:async[ ]+)?function\b[ ]*\*?[ ]*\w*[ ]*\( | (?:export[ ]+)?(?:const|let|var)[ ]+[\w${[][^.\n]*=
    | (?:pub(?:\([\w:]+\))?[ ]+)?(?:async[ ]+|unsafe[ ]+)?fn[ ]+\w+[ ]*[<(] | (?:pub[ ]+)?(?:struct|enum|trait|impl|mod)\b[^.\n]*[{;(]
    | func[ ]+(?:\([^)]*\)[ ]*)?\w+[ ]*[\[(] | package[ ]+[\w.]+;?[ ]*$ | use[ ]+[\w:]+(?:::|;)
    | (?:public|private|protected|static|final|internal|abstract)[ ]+[\w<>\[\], ]+[({;=] | interface[ ]+\w+[^.\n]*\{
    | (?:export[ ]+)?type[ ]+\w+[^.\n]*= | namespace[ ]+[\w:.]+[ ]*[{;] | using[ ]+[\w. =:]+; | template[ ]*< | typedef[ ]
    | (?:int|void|char|double|float|bool|long|unsigned|size_t|auto|static)[ ]+[*&]?\w+[ ]*(?:\([^.]*\)?[ ]*\{?|=[^.]*;|\[[^.]*|;)[ ]*$
    | (?:SELECT|select)\b(?s:.*)\b(?:FROM|from)\b | (?:INSERT[ ]INTO|CREATE[ ](?:TABLE|INDEX|VIEW)|ALTER[ ]TABLE|DELETE[ ]FROM|WITH[ ]\w+[ ]AS[ ]\()
    | fn:\w+ | <\?php | require\(["'] | module\.exports | lambda[ ][\w, ]*: | if[ ]__name__
    """,
    re.MULTILINE,
)
_CODE_LINE = re.compile(
    r"""(?x)
    .*(?:[;{]|(?<!\})\})[ ]*(?://.*)?$ | [)\]}]+[,;:]?$ | (?:return|yield|raise|del|assert|await|break|continue|pass|throw)\b(?![^=(\[]*[.!?]$).*$
    | (?:if|elif|for|while|with|try|except|else|finally|switch|case|match)\b.*:[ ]*(?:\#.*)?$ | (?:if|for|while|switch|catch)[ ]*\(.*
    | [\w.\[\]"'()*]+(?:[ ]*,[ ]*[\w.\[\]*]+)*(?:[ ]*:[^=]+)?[ ]*(?:[-+*/%|&^:]|//|\*\*|<<|>>)?=[ ]*[^=\s].* | [\w.]+\(.*\)[ ]*(?:\#.*)?$ | [\w.]+\([^)]*,?$ | //.* | /\*.*
    | (?:from[ ][\w.]+[ ])?import[ ][\w.*]+(?:[ ]as[ ]\w+)?(?:,.*)?$
    | (?:def|class|async|import|from|func|fn|public|private|const|let|var|@\w+)\b.*[(:{=].*
    """
)
_STATEMENT = re.compile(r"(?:return|yield|raise|if|for|while|with|try|assert)\b.*(?:[)\]:=\"']|\w+)$")
_NOTES = re.compile(
    r"(?:\s*(?:(?:#|//|--)[^\n]*(?=\n|\Z)|[rRuU]?\"{3}(?s:.*?)\"{3}|[rRuU]?'{3}(?s:.*?)'{3}|/\*(?s:.*?)\*/))+\s*"
)
_LONGEST_NOTE = 20_000
_JSON_START = re.compile(r'\{\s*(?:"|\})|\[\s*(?:[{\["\]]|-?\d|true\b|false\b|null\b)')
_LOG_LINE = re.compile(
    r"""(?x)
    \[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d | \[?\d\d:\d\d:\d\d[\].,\s] | (?:[A-Z][a-z]{2}[ ])?[A-Z][a-z]{2}[ ][ \d]\d[ ]\d\d:\d\d:\d\d[ ]
    | \d{1,3}(?:\.\d{1,3}){3}[ ]\S+[ ]\S+[ ]\[ | \[?(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL|NOTICE)\b[\]: ]
    | [A-Z][a-z]{2},?[ ]\d\d[ ][A-Z][a-z]{2}[ ]\d{4}[ ]\d\d:\d\d | \d{10}(?:\.\d+)?[ ] | [IWEF]\d{4}[ ]\d\d:\d\d:\d\d
    """
)
_HIT_LINE = re.compile(r"[^\s:]*[./\\][^\s:]*[:-]\d+[:-]|\d+[:-](?!\d)|[\w.-]*/[\w./-]*\.\w{1,6}:(?!//)|--$")
_YAML_LINE = re.compile(r"\s*(?:- )*(?:[\w./$-]+|\"[^\"]+\"|'[^']+'):(?: \S.*)?$|\s*- \S.*$|\s*#.*$|---$|\.\.\.$")
_INI_LINE = re.compile(r"\s*(?:\[[\w .:\"-]+\]|[\w.-]+\s*=\s*.*|[#;].*)$")
_NAMES = re.compile(r"[\w .#%()/-]{1,40}(?:([,;\t|])[\w .#%()/-]{1,40})(?:\1[\w .#%()/-]{1,40})+\r?$")
_SENTENCE = re.compile(r"\w[.!?](?: |$)")
_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_MARKUP = re.compile(
    r"<(?:!doctype html|html|head|body|div|p|span|article|section|h[1-6]|ul|ol|table|a|br)\b", re.IGNORECASE
)


def domain(text: str) -> Domain:
    """nl, code or data; Markdown and HTML documents are nl."""
    window = text[:_WINDOW]
    start = window.lstrip()
    if not start:
        return "nl"
    if _JSON_START.match(start):
        return "data" if start[0] == "{" or text.rstrip()[-1] == "]" else "nl"
    if start.startswith(("diff --git ", "Index: ", "@@ -")) or (start.startswith("--- ") and "\n@@ -" in window):
        return "data"
    lines = [line[:_LONGEST_LINE] for line in window.split("\n")[:_MOST_LINES] if line.strip()]
    if len(lines) > 2 and len(text) > _WINDOW:
        lines.pop()  # the window may have cut it
    if _is_data(start, lines):
        return "data"
    return "code" if _is_code(text, start, lines) else "nl"


def _is_data(start: str, lines: list[str]) -> bool:
    count = len(lines)
    if start.startswith("<"):
        return start.startswith("<?xml") and not _MARKUP.search(start)
    if start.startswith("Traceback (most recent call last):"):
        return True
    if count < 2:
        return False
    if "|" in lines[0] and _RULE.match(lines[1]):
        return all("|" in line for line in lines)
    if sum(bool(_LOG_LINE.match(line)) for line in lines) * 5 >= count * 3:
        return True
    if sum(bool(_HIT_LINE.match(line)) for line in lines) * 5 >= count * 4:
        return True
    if _NAMES.match(lines[0]) and _is_separated(lines):
        return True
    if sum(bool(_SENTENCE.search(line)) for line in lines) * 5 > count:
        return False
    return _is_separated(lines) or _is_settings(lines)


def _is_separated(lines: list[str]) -> bool:
    """CSV or TSV: three lines or more with the same number of separators, not followed by spaces as in a sentence."""
    if len(lines) < 3:
        return False
    for separator in ("\t", ",", ";", "|"):
        width = lines[0].count(separator)
        if not width or not all(separator in line for line in lines):
            continue
        rows = list(csv.reader([line.removesuffix("\r") for line in lines], delimiter=separator))
        if len({len(row) for row in rows if row}) != 1 or len(rows[0]) * len(rows) < 6:
            continue
        cells = [cell for row in rows for cell in row]
        if separator != "\t" and sum(cell.startswith(" ") for cell in cells) * 5 > len(cells):
            continue
        if sum(line.rstrip().endswith((";", "{", ":", "(", "[")) for line in lines) * 3 < len(lines):
            return True
    return False


def _is_settings(lines: list[str]) -> bool:
    """YAML or INI: keys with short values."""
    keys = [line for line in lines if not line.lstrip().startswith(("#", "- "))]
    if len(keys) < 2:
        return False
    if all(map(_YAML_LINE.match, lines)):
        return len(keys) * 3 >= len(lines) and any(line[0] in " -" or line.endswith(":") for line in lines)
    return lines[0].startswith("[") and all(map(_INI_LINE.match, lines))


def _is_code(text: str, start: str, lines: list[str]) -> bool:
    if start.startswith(("```", "~~~", "<")) or any(line.startswith("```") for line in lines):
        return False
    if _CODE_START.match(start):
        return True
    if start.startswith(("#", '"""', "'''", 'r"""', "r'''", "//", "/*", "--")):
        behind = _NOTES.sub("", text[:_LONGEST_NOTE], count=1)
        return bool(_CODE_START.match(behind) or _CODE_LINE.match(behind.split("\n", 1)[0]))
    stripped = [line.strip() for line in lines]
    if len(lines) == 1 or not (_CODE_LINE.match(stripped[0]) or _CODE_START.match(stripped[0])):
        return text[0] in " \t" and bool(_STATEMENT.match(stripped[0]))
    code = sum(bool(_CODE_LINE.match(line)) for line in stripped)
    prose = sum(line[-1] in ".!?:," and line.count(" ") > 3 and line[-2:] != "):" for line in stripped)
    starts = any(_CODE_START.match(line) for line in stripped)
    return code * (3 if starts else 2) > len(lines) and code > prose * (1 if starts else 2)


__all__ = ["domain"]
