"""What kind of text this is: prose, code or data. Looks at the first lines only; unsure means prose."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from semzip.records import Domain

_WINDOW = 3_000
_MOST_LINES = 40
_LONGEST_LINE = 200
_LONGEST_TABLE = 20_000

_CODE_START = re.compile(
    r"""(?x)
    (?:async[ ]+)?def[ ]+\w+[ ]*[\[(] | class[ ]+\w+[ ]*(?:\([^)]*\))?[ ]*: | (?:export[ ]+)?(?:abstract[ ]+)?class[ ]+\w+[^.\n]*\{
    | import[ ]+[\w.]+(?:[ ]+as[ ]+\w+)?(?:[ ]*,[ ]*[\w.]+)*[ ]*;?[ ]*(?:\#.*)?$ | from[ ]+[\w.]+[ ]+import[ ]+[\w(*]
    | import[ ]+(?:type[ ]+)?\{[ ]*$ | export[ ]+(?:type[ ]+)?[{*] | exports\.\w+[ ]*= | \#(?:if|undef|error)[ ]
    | import[ ]+(?:[\w*{}, ]+[ ]+from[ ]+)?["'(] | @[\w.]+(?:\(.*\)?)?[ ]*$ | \#!/ | \#[ ]*(?:include|define|pragma|ifn?def)\b
    | (?:export[ ]+)?(?:default[ ]+)?(?:async[ ]+)?function\b[ ]*\*?[ ]*\w*[ ]*\( | (?:export[ ]+)?(?:const|let|var)[ ]+[\w${[][^.\n]*=
    | (?:pub(?:\([\w:]+\))?[ ]+)?(?:async[ ]+|unsafe[ ]+)?fn[ ]+\w+[ ]*[<(] | (?:pub[ ]+)?(?:struct|enum|trait|impl|mod)\b[^.\n]*[{;(]
    | func[ ]+(?:\([^)]*\)[ ]*)?\w+[ ]*[\[(] | package[ ]+[\w.]+;?[ ]*(?://.*)?$ | use[ ]+[\w:]+(?:::|;)
    | (?:public|private|protected|static|final|internal|abstract)[ ]+[\w<>\[\], ]+[({;=] | interface[ ]+\w+[^.\n]*\{
    | (?:export[ ]+)?type[ ]+\w+[^.\n]*= | namespace[ ]+[\w:.]+[ ]*(?:[{;]|$) | using[ ]+[\w. =:]+; | template[ ]*< | typedef[ ]
    | (?:int|void|char|double|float|bool|long|unsigned|size_t|auto|static)[ ]+[*&]?\w+[ ]*(?:\([^.]*\)?[ ]*\{?|=[^.]*;|\[[^.]*|;)[ ]*$
    | (?:SELECT|select)\b(?s:.*)\b(?:FROM|from)\b | (?:INSERT[ ]INTO|CREATE[ ](?:TABLE|INDEX|VIEW)|ALTER[ ]TABLE|DELETE[ ]FROM|WITH[ ](?:RECURSIVE[ ])?\w+[ ]AS\b | with[ ](?:recursive[ ])?\w+[ ]as[ ]?\( | (?i:merge[ ]into|update[ ]+[\w.]+\s+set|insert[ ]overwrite)[ ]) | (?:SELECT|select)[ ][^\n]*\);
    | (?i:create|alter|drop)[ ]+(?i:or[ ]+(?:replace|alter)[ ]+)?(?:\w+[ ]+)?(?i:table|index|view|function|procedure|trigger|schema|extension|role|policy|database)[ ]+(?i:if[ ]+not[ ]+exists[ ]+)?[\w."]+[ ]*(?:[(;]|\n|(?i:on|as|add|to|set|cascade)\b)
    | (?:DO|do)[ ]+\$ | (?:GRANT|REVOKE|grant|revoke)[ ].*;$ | \\(?:unset|set|i|echo|pset|connect)[ ] | (?:SET|set)[ ]+[\w.]+[ ]*(?:=|TO|to)[ ].*;$
    | (?:pub(?:\([\w:]+\))?[ ]+)(?:static|const|type|use)[ ] | \#!?\[\w+ | extern[ ]+(?:crate|"C")[ ]
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
    r"(?:\s*(?:(?:#(?!(?:include|define|pragma|ifn?def|if|undef|error)\b)|//|--)[^\n]*(?=\n|\Z)|[rRuU]?\"{3}(?s:.*?)\"{3}|[rRuU]?'{3}(?s:.*?)'{3}|/\*(?s:.*?)\*/))+\s*"
)
_LONGEST_NOTE = 20_000
_STRICT = re.compile(r"\ufeff?\s*['\"]use (?:strict|client|server)['\"];?\s*")
_ENDS = (";", "{", "}", "(", ")", ",", ">", "\\", "*/")
_JSON_START = re.compile(
    r'\{\s*(?://[^\n]*\s+|/\*(?s:.*?)\*/\s*)*(?:"|\})|\[\s*(?:[{\["\]]|-?\d|true\b|false\b|null\b)'
)
_LOG_LINE = re.compile(
    r"""(?x)
    \[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d | \[?\d\d:\d\d:\d\d[\].,\s] | (?:[A-Z][a-z]{2}[ ])?[A-Z][a-z]{2}[ ][ \d]\d[ ]\d\d:\d\d:\d\d[ ]
    | \d{1,3}(?:\.\d{1,3}){3}[ ]\S+[ ]\S+[ ]\[ | \[?(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL|NOTICE)\b[\]: ]
    | [A-Z][a-z]{2},?[ ]\d\d[ ][A-Z][a-z]{2}[ ]\d{4}[ ]\d\d:\d\d | \d{10}(?:\.\d+)?[ ] | [IWEF]\d{4}[ ]\d\d:\d\d:\d\d
    """
)
_STAMP = re.compile(
    r"(?<![\d:])\d{1,2}:\d\d:\d\d(?!\d)|^\d{6,8}[ -]\d{1,2}(?::\d\d?|\d{4} )|(?<![\d.])1\d{9}(?:\.\d+)?(?![\d.])"
)
"""A time anywhere near the beginning of a line; where most lines have one they are a log."""
_STAMPED = 80
_FEWEST_STAMPED = 5
_COMMIT = re.compile(r"(?:commit|From) [0-9a-f]{7,64}\b")
_HIT_LINE = re.compile(
    r"[^\s:]*[./\\][^\s:]*[:-]\d+[:-]|\d+[:-](?!\d|[ ][A-Za-z])|[\w.-]*/[\w./-]*\.\w{1,6}:(?!//)|--$"
)
_PATH = re.compile(r"[\w./@+\\-]+(?:/[\w.@+-]+|\.\w{1,6})$")
_YAML_LINE = re.compile(r"\s*(?:- )*(?:(?!\d+: )[\w./${}*@-]+|\"[^\"]+\"|'[^']+'):(?: \S.*)?$|\s*- \S.*$|---$|\.\.\.$")
_INI_LINE = re.compile(r"\s*(?:\[\[?[\w .:\"'()-]+\]\]?|[\w.\"'-]+\s*=\s*.*)$")
_HEADING = re.compile(r"^#{2,6} \w", re.MULTILINE)
_LINK = re.compile(r"(?!#|//).*\]\((?:https?://|#|\.\.?/)")
_OPENS_TEXT = re.compile(r"(?:^|[ :])[|>][+-]?\s*$")
_OPENS_ARRAY = re.compile(r"=\s*(?:(\[)[^\]]*|(\"{3}|'{3})(?:(?!\2).)*)$")
_NAMES = re.compile(r"[\w .#%()/-]{1,40}(?:([,;\t|])[\w .#%()/-]{1,40})(?:\1[\w .#%()/-]{1,40})+\r?$")
_SENTENCE = re.compile(r"\w[.!?](?: |$)")
_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_MARKUP = re.compile(
    r"<(?:!doctype html|html|head|body|div|p|span|article|section|h[1-6]|ul|ol|table|a|br)\b", re.IGNORECASE
)


def domain(text: str) -> Domain:
    """nl, code or data; Markdown and HTML documents are nl."""
    window = text[:_WINDOW]
    start = window.lstrip("\ufeff").lstrip()
    if not start:
        return "nl"
    if _JSON_START.match(start) and (start[0] == "{" or text.rstrip()[-1] == "]"):
        return "data"
    if start.startswith(("diff --git ", "Index: ", "@@ -")) or (start.startswith("--- ") and "\n@@ -" in window):
        return "data"
    if _COMMIT.match(start) and "\ndiff --git " in text:
        return "data"
    lines = [line[:_LONGEST_LINE] for line in window.split("\n")[:_MOST_LINES] if line.strip()]
    if len(lines) > 2 and len(text) > _WINDOW:
        lines.pop()  # the window may have cut it
    if _is_data(start, lines) or _is_separated(_whole_lines(text)):
        return "data"
    if not _CODE_START.match(start) and _is_settings(window):
        return "data"
    return "code" if _is_code(text, start, lines) or _is_known_code(text, start, lines) else "nl"


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
    if count >= _FEWEST_STAMPED and sum(bool(_STAMP.search(line[:_STAMPED])) for line in lines) * 5 >= count * 4:
        return True
    hits = [line for line in lines if _HIT_LINE.match(line)]
    with_paths = bool(_PATH.match(lines[0])) and all(line in hits or _PATH.match(line) for line in lines)
    return with_paths or len(hits) * 5 >= count * 4


def _whole_lines(text: str) -> list[str]:
    """The first lines of a text, none of them cut; none where they are too long for a table."""
    lines = text[:_LONGEST_TABLE].split("\n")[:_MOST_LINES]
    if len(text) > _LONGEST_TABLE and len(lines) < _MOST_LINES:
        lines.pop()
    return [line for line in lines if line.strip()]


def _is_separated(lines: list[str]) -> bool:
    """CSV or TSV: three lines or more with the same number of separators, not followed by spaces as in a sentence."""
    if len(lines) < 3:
        return False
    sentences = sum(bool(_SENTENCE.search(line[:_LONGEST_LINE])) for line in lines)
    if sentences * 5 > len(lines) and not _NAMES.match(lines[0]):
        return False
    for separator in ("\t", ",", ";", "|"):
        width = lines[0].count(separator)
        if not width or not all(separator in line for line in lines):
            continue
        try:
            rows = list(csv.reader([line.removesuffix("\r") for line in lines], delimiter=separator))
        except csv.Error:  # a carriage return in the middle of a line
            continue
        if len({len(row) for row in rows if row}) != 1 or len(rows[0]) * len(rows) < 6:
            continue
        cells = [cell for row in rows for cell in row]
        if separator != "\t" and sum(cell.startswith(" ") for cell in cells) * 5 > len(cells):
            continue
        if sum(line.rstrip().endswith((";", "{", ":", "(", "[")) for line in lines) * 3 < len(lines):
            return True
    return False


def _is_settings(window: str) -> bool:
    """YAML, TOML or INI: keys with short values; comments, texts and arrays of several lines aside."""
    lines = list(_keys([line[:_LONGEST_LINE] for line in window.split("\n")[:_MOST_LINES]]))
    lines = [line for line in lines if not line.lstrip().startswith(("#", ";"))]
    keys = [line for line in lines if not line.lstrip().startswith("- ")]
    if len(keys) < 2 or _HEADING.search(window):
        return False
    if sum(map(bool, map(_YAML_LINE.match, lines))) * 10 >= len(lines) * 9:
        sentences = sum(bool(_SENTENCE.search(line)) for line in lines)
        deep = sum(line[0] in " -" for line in lines)
        return (
            len(keys) * 3 >= len(lines)
            and sentences * 3 <= len(lines)
            and (deep > 0 or any(k.endswith(":") for k in keys))
        )
    sections = sum(line[0] == "[" for line in lines)
    return sections > 0 and len(lines) > sections and sum(map(bool, map(_INI_LINE.match, lines))) * 10 >= len(lines) * 9


def _keys(lines: list[str]) -> Iterator[str]:
    """The lines without the texts and arrays that they open."""
    depth: int | None = None
    until = ""
    for line in lines:
        bare = line.strip()
        if until or (depth is not None and len(line) - len(line.lstrip(" ")) > depth) or not bare:
            until = "" if until and until in bare else until
            continue
        depth = len(line) - len(line.lstrip(" ")) if _OPENS_TEXT.search(line) else None
        opens = _OPENS_ARRAY.search(line)
        until = "" if opens is None else "]" if opens[1] else opens[2]
        yield line


def _is_document(start: str, lines: list[str]) -> bool:
    """Whether markup holds the text together; a comment may have fences of its own."""
    fenced = not start.startswith(("/*", "//")) and any(line.startswith("```") for line in lines)
    titled = start.startswith("#") and any(map(_HEADING.match, lines)) and any(map(_LINK.match, lines))
    return fenced or titled or start.startswith(("```", "~~~", "<"))


def _is_known_code(text: str, start: str, lines: list[str]) -> bool:
    """Whether most lines end as those of code do, and the text has the signs of one language."""
    if _is_document(start, lines):
        return False
    if start.startswith(("//", "/*", "--", "#")):
        lines = _NOTES.sub("", text[:_LONGEST_NOTE].lstrip("\ufeff"), count=1).split("\n", _MOST_LINES)[:_MOST_LINES]
        lines = [line for line in lines if line.strip()]
    ended = sum(line.rstrip().endswith(_ENDS) for line in lines)
    if ended * 2 <= len(lines):
        return False
    from semzip.local.syntax import languages

    return languages.language(text) is not None


def _is_code(text: str, start: str, lines: list[str]) -> bool:
    if _is_document(start, lines):
        return False
    if _STRICT.match(start) or _CODE_START.match(start):
        return True
    if start.startswith(("#", '"""', "'''", 'r"""', "r'''", "//", "/*", "--")):
        behind = _NOTES.sub("", text[:_LONGEST_NOTE].lstrip("\ufeff"), count=1)
        return bool(_STRICT.match(behind) or _CODE_START.match(behind) or _CODE_LINE.match(behind.split("\n", 1)[0]))
    stripped = [line.strip() for line in lines]
    if len(lines) == 1 or not (_CODE_LINE.match(stripped[0]) or _CODE_START.match(stripped[0])):
        return text[0] in " \t" and bool(_STATEMENT.match(stripped[0]))
    code = sum(bool(_CODE_LINE.match(line)) for line in stripped)
    prose = sum(line[-1] in ".!?:," and line.count(" ") > 3 and line[-2:] != "):" for line in stripped)
    starts = any(_CODE_START.match(line) for line in stripped)
    return code * (3 if starts else 2) > len(lines) and code > prose * (1 if starts else 2)


__all__ = ["domain"]
