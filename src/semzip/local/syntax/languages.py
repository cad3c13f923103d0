"""Which programming language a text that is not Python is in, and its lexical tokens, by Pygments' lexers.

Detection is conservative: two different signs of one language and fewer of any other; unsure is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Final, Literal

from attrs import evolve, frozen

from semzip.local.syntax.python_facts import Fact

Kind = Literal["code", "string", "comment", "fixed", "space"]
Newlines = Literal["free", "soft", "hard"]


@frozen
class Language:
    """What a language allows.

    Args:
        name: Its name.
        lexer: Module and class of its lexer.
        newlines: Whether a line's end is a blank like others, ends a statement where brackets and commas do not say
            otherwise, or always means something.
        signs: Patterns that tell it.
        line: What begins a comment up to the end of the line.
    """

    name: str
    lexer: str
    newlines: Newlines
    signs: tuple[re.Pattern[str], ...]
    line: str = "//"


@frozen
class Token:
    """A lexical token: what it is and how it is written."""

    kind: Kind
    text: str


def _language(name: str, lexer: str, newlines: Newlines, *signs: str, line: str = "//", flags: int = 0) -> Language:
    return Language(name, lexer, newlines, tuple(re.compile(sign, re.MULTILINE | flags) for sign in signs), line)


_OBJECTS: Final = (
    "(?:TABLE|INDEX|VIEW|FUNCTION|PROCEDURE|TRIGGER|SCHEMA|TYPE|EXTENSION|ROLE|USER|SEQUENCE|DATABASE|POLICY|DOMAIN)"
)
_SCRIPT: Final = (
    r"^\s*(?:export )?(?:const|let|var) [\w$]+ = |^\s*(?:const|let|var) [{\[].*[}\]] = ",
    r"\) => |\) => ?\{|\w+ => ",
    r"\bfunction\b ?\*? ?\w*\(.*\) ?\{",
    r"[!=]==",
    r"\bconsole\.\w+\(|\bdocument\.|\bwindow\.|\bJSON\.|\bPromise\b|\bprocess\.",
    r"\brequire\(['\"]|^import .+ from ['\"]|^import (?:type )?\{$|^\} from ['\"]|^import ['\"]|^\s*['\"]use (?:strict|client)['\"]",
    r"\bmodule\.exports\b|^exports\.\w|^export (?:default|const|function|class|async|type|interface|\{|\*)",
    r"^\s*[\w$]+: (?:\[|\{|true,|false,|['\"\d])",
    r"\bnew (?:Map|Set|Error|Date|Array)\(|\btypeof \w|\basync function\b|\bthis\.\w+ = ",
)
_CURLY: Final = (
    r"^\s*#\s*(?:include|define|ifdef|ifndef|pragma)\b",
    r"^\s*(?:static |const |inline |unsigned |extern )*(?:int|void|char|float|double|long|size_t|bool|u?int\d+_t|struct \w+) ?\**[ *]\w+ ?[(;=\[,]",
    r"\w->\w",
    r"^[ \t]*#[ \t]?(?:endif|undef|elif)\b|^[ \t]*#if ",
    r"\bsizeof ?\(|\bmalloc\(|\bf?printf\(|\bNULL\b|\bmemcpy\(|\bfree\(",
)
LANGUAGES: Final = (
    _language(
        "typescript", "semzip.local.syntax.lexers.ScriptLexer", "soft", *_SCRIPT,
        r"[\w)\]?]: (?:string|number|boolean|void|any|unknown|never|Promise<|Record<|Array<)",
        r"^\s*(?:export )?(?:interface|type|enum|declare|abstract class) \w+",
        r"\b(?:private|public|protected|readonly) \w+[?]?[:(]| as const\b",
    ),
    _language("javascript", "semzip.local.syntax.lexers.ScriptLexer", "soft", *_SCRIPT),
    _language(
        "java", "semzip.local.syntax.lexers.JavaTextLexer", "free",
        r"\b(?:public|private|protected) (?:static |final |abstract |synchronized )*(?:class|interface|enum|record|void|boolean|int|long|String|[A-Z]\w*(?:<[^>\n]+>)?(?:\[\])?) \w",
        r"^import (?:static )?[a-z]\w*(?:\.\w+)+(?:\.\*)?;",
        r"^\s*@(?:Override|Autowired|Test|Nullable|Deprecated|Entity)\b",
        r"\bSystem\.\w+|\bString\.\w+\(|\bthrows [A-Z]|\bfinal [A-Z]\w* ",
        r"^package [\w.]+;",
        r"\bnew [A-Z]\w*(?:<[\w, ]*>)?\(",
    ),
    _language(
        "csharp", "semzip.local.syntax.lexers.SharpLexer", "free",
        r"^\s*using [A-Z][\w.]*;", r"^\ufeff?\s*namespace [A-Z][\w.]*", r"^\s*\[[A-Z]\w*(?:\(.*\))?\]\s*$|\bvar \w+ = new |\bnameof\(", r"\{ ?get;", r"\bConsole\.\w+\(|\bTask<|\basync Task\b|\bstring\.\w+\(",
        r"\b(?:public|private|protected|internal) (?:static |override |virtual |readonly |async )*(?:string|bool|int|void|var|IEnumerable|Task|decimal)\b",
        r"\bforeach \(var ",
    ),
    _language(
        "kotlin", "semzip.local.syntax.lexers.KotlinTextLexer", "soft",
        r"\bfun (?:<\w+> )?(?:\w+\.)?\w+\(.*\)(?:: \w+.*)? ?[{=]", r"^\s*(?:private )?va[lr] \w+(?:: \w+\??)? = ", r"\b(?:data|sealed|object|companion) (?:class|object)\b",
        r"\bwhen ?\(|\?\.let|\bit\.", r"\boverride fun\b|\bsuspend fun\b",
    ),
    _language(
        "go", "pygments.lexers.go.GoLexer", "soft",
        r"^package \w+\s*$", r"^func (?:\(\w+ \*?\w+(?:\[\w+\])?\) )?\w+(?:\[.*\])?\(", r"\w :?= .*|\w+ := ", r"\bif err != nil\b|, err :?= ", r"\bfmt\.\w+\(|\berrors\.New\(",
        r"^import (?:\(|\")", r"\bdefer |\bgo func\(|\bchan \w|\bmap\[\w+\]", r"^type \w+ (?:struct|interface) \{", r"\) \(?(?:\*?\w+, )*error\)? \{",
    ),
    _language(
        "rust", "pygments.lexers.rust.RustLexer", "free",
        r"\bfn \w+(?:<[^>\n]*>)?\(", r"\blet (?:mut )?\w+(?:: [^=\n]+)? = ", r"^\s*impl(?:<[^>\n]*>)? \w", r"-> (?:Result|Option|Self|impl|Vec|String|bool|&|[iuf](?:8|16|32|64|size))\b",
        r"\bpub(?:\(crate\))? (?:fn|struct|enum|mod|trait|const|static|use|type)\b", r"#!?\[\w+", r"^(?:pub )?(?:mod|extern crate) \w+;|^//! ", r"\b(?:println|format|vec|panic|assert|assert_eq)!", r"&mut |&self|\.unwrap\(\)|\.iter\(\)", r"^use [\w:]+::",
    ),
    _language(
        "cpp", "pygments.lexers.c_cpp.CppLexer", "free", *_CURLY,
        r"\bstd::|\btemplate ?<|\bnullptr\b|\bcout <<", r"^\s*(?:public|private|protected):", r"\w+::~?\w+\(", r"^\s*using namespace \w+;|^namespace \w+ \{",
    ),
    _language("c", "pygments.lexers.c_cpp.CLexer", "free", *_CURLY),
    _language(
        "sql", "semzip.local.syntax.lexers.QueryLexer", "free",
        r"^\s*(?:SELECT\b|INSERT\s+INTO\b|UPDATE\s+[\w.\"]+\s+SET\b|DELETE\s+FROM\b|MERGE\s+INTO\b|WITH\s+(?:RECURSIVE\s+)?\w+\s+AS\b|DO\s+\$|COMMENT\s+ON\b|(?:GRANT|REVOKE)\b.*\b(?:ON|TO|FROM)\b)",
        rf"^\s*(?:CREATE|ALTER|DROP)\s+(?:OR\s+REPLACE\s+)?(?:\w+\s+)?{_OBJECTS}\b",
        r"\bFROM\s+[\w.\"`]+|\bVALUES\s*\(|\bPRIMARY KEY\b|\bNOT NULL\b|\bADD COLUMN\b",
        r"\b(?:WHERE|LANGUAGE|(?:INNER |LEFT |RIGHT )?JOIN|GROUP BY|ORDER BY|HAVING|LIMIT \d|REFERENCES|VARCHAR|INTEGER|DEFAULT)\b",
        line="--", flags=re.IGNORECASE,
    ),
    _language(
        "bash", "pygments.lexers.shell.BashLexer", "hard",
        r"\A#!.*\b(?:ba|z|k|da)?sh\b", r"^\s*(?:fi|done|esac)\b", r"; (?:then|do)\s*$|^\s*(?:then|do)\s*$", r"\[\[? .+ \]\]?", r"^\s*(?:set -\w+|export \w+=|local \w+=|echo )",
        line="#",
    ),
)  # fmt: skip
_PYTHON: Final = re.compile(
    r"^\s*(?:(?:async )?def \w+\(.*|class \w+(?:\(.*\))?:|elif .*:|except(?: \(?[A-Z][\w., ]*\)?(?: as \w+)?)?:|from [\w.]+ import [\w(*].*)\s*$",
    re.MULTILINE,
)
_DIRECTIVE: Final = re.compile(r"//(?:go:|export |line |\s*\+build|\s*@ts-)|///\s*<reference|/\*[!+]|#!")
"""Comments that a compiler or an interpreter obeys."""
_MARKUP: Final = re.compile(r"</[\w>]|/>")
_ALIEN: Final = {
    "javascript": re.compile(r"\A\s*<|<\?php|\{%"),
    "typescript": re.compile(r"\A\s*<|<\?php|\{%"),
    "go": re.compile(r"^import \"C\"", re.MULTILINE),
    "bash": re.compile(r"<<"),
    "sql": re.compile(r"\\'|\{[{%#]|^\\\.$", re.MULTILINE),
}
"""What the lexer of a language does not understand: templates, C within Go, documents and data within commands."""
_VALUES: Final = frozenset({"true", "false", "null", "nil", "None", "undefined", "NULL", "nullptr", "TRUE", "FALSE"})
_STEPS: Final = frozenset(
    {
        "if",
        "else",
        "elif",
        "for",
        "while",
        "do",
        "switch",
        "case",
        "default",
        "return",
        "throw",
        "throws",
        "try",
        "catch",
    }
    | {
        "finally",
        "break",
        "continue",
        "await",
        "async",
        "yield",
        "goto",
        "match",
        "loop",
        "defer",
        "go",
        "select",
        "range",
    }
    | {"when", "then", "fi", "done", "esac", "foreach", "where", "having", "join", "left", "limit", "distinct", "union"}
)
_PIECE: Final = re.compile(r"\s+|[+-](?=[\d.])|\S+")
"""Blanks, the sign that some lexers take for a part of a number, and anything else."""
_DIRECTED: Final = re.compile(
    r"\\\n|\s+|//[^\n]*|/\*[\s\S]*?\*/|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|#?\w+|[<>=!]=|&&|\|\||<<|>>|->|\S"
)
"""The tokens of a directive of the preprocessor."""
_JSX: Final = "semzip.local.syntax.lexers.MarkupLexer"
_MARK: Final = "\ufeff"
"""The byte order mark."""
_WITHIN: Final = re.compile(r"\$\{((?:[^{}]|\{[^{}]*\})*)\}")
"""Code within a string."""
_FEWEST = 2
_WINDOW = 20_000


@lru_cache(maxsize=4)
def language(text: str) -> Language | None:
    """The language of `text`; None where that is not sure, or its lexer would not be."""
    window = text[:_WINDOW]
    scores = [_score(each, window) for each in LANGUAGES]
    best = max(scores)
    if best < _FEWEST or _PYTHON.search(window):
        return None
    found = [each for each, score in zip(LANGUAGES, scores, strict=True) if score == best]
    one = found[0] if len(found) == 1 else _common(found, window)
    if one is None or (one.name in _ALIEN and _ALIEN[one.name].search(text)):
        return None
    return evolve(one, lexer=_JSX) if one.name in {"javascript", "typescript"} and _MARKUP.search(text) else one


def _score(given: Language, window: str) -> int:
    """How many signs of a language a text has; words of SQL are English unless a command begins a line."""
    if given.name == "sql" and not any(sign.search(window) for sign in given.signs[:2]):
        return 0
    return sum(bool(sign.search(window)) for sign in given.signs)


def _common(found: list[Language], window: str) -> Language | None:
    """Of two languages found alike, the smaller one, if one is within the other; or the one whose header is there."""
    names = {each.name for each in found}
    if names == {"java", "csharp"}:
        return found[1] if any(sign.search(window) for sign in found[1].signs[:2]) else found[0]
    if names in ({"typescript", "javascript"}, {"cpp", "c"}):
        return found[-1]
    return None


@lru_cache(maxsize=len(LANGUAGES))
def _lexer(path: str) -> Any:
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)(stripnl=False, stripall=False, ensurenl=False)


@lru_cache(maxsize=4)
def lex(text: str, given: Language) -> tuple[Token, ...] | None:
    """The tokens of `text`, which they make up again; None where the lexer finds an error."""
    out: list[Token] = [Token("fixed", _MARK)] if text.startswith(_MARK) else []
    whole = text.removeprefix(_MARK)
    for kind, part in _parts(whole if whole.endswith("\n") else whole + "\n", given):
        if kind is None:
            return None
        if out and out[-1].kind == kind and kind in {"space", "string", "fixed"}:
            out[-1] = Token(kind, out[-1].text + part)
        else:
            out.append(Token(kind, part))
    if not whole.endswith("\n") and out and out[-1].kind == "space":  # a comment at the very end needs an end of line
        out[-1:] = [Token("space", rest)] if (rest := out[-1].text[:-1]) else []
    return tuple(out) if "".join(token.text for token in out) == text else None


def _parts(text: str, given: Language) -> Iterator[tuple[Kind | None, str]]:
    directives = given.name in {"c", "cpp", "csharp"}
    skip = depth = 0
    for start, token, whole in _lexer(given.lexer).get_tokens_unprocessed(text):
        at, part = start, whole
        if at < skip:  # within a directive, or its last token, which may reach beyond
            at, part = skip, part[skip - at :]
        if not part:
            continue
        sort = _sort(token)
        if directives and part[0] == "#" and not text[text.rfind("\n", 0, at) + 1 : at].strip():
            skip = _directive_end(text, at)
            yield "fixed", text[at:skip]
        elif sort == "error":
            yield None, part
        elif depth or (sort == "inner" and part == "${"):  # the code of a string is a part of it
            depth += (part == "${") - (part == "}") if sort == "inner" else 0
            yield "string", part
        elif sort == "code":
            for piece in _PIECE.findall(part):
                yield ("space" if piece.isspace() else "code"), piece
        elif sort == "doc" or (sort == "comment" and part.startswith(("//", "/*", "--", "#"))):
            end = part.rstrip("\r\n")
            yield "fixed" if _DIRECTIVE.match(part) else "comment", end
            if len(end) < len(part):
                yield "space", part[len(end) :]
        else:
            yield "string" if sort in {"string", "inner"} else "fixed", part


@cache
def _sort(token: Any) -> Literal["error", "inner", "doc", "comment", "fixed", "string", "code"]:
    """What a type of token of Pygments is."""
    from pygments.token import Comment, Error
    from pygments.token import String as Quoted

    if token in Error:
        return "error"
    if token in Comment:
        return "fixed" if token in Comment.Preproc else "comment"
    if token in Quoted:
        return "inner" if token in Quoted.Interpol else "doc" if token in Quoted.Doc else "string"
    return "code"


def _directive_end(text: str, at: int) -> int:
    """Where a preprocessor directive ends: the end of its line, continued lines included."""
    while True:
        end = text.find("\n", at)
        if end < 0:
            return len(text)
        if not text.endswith(("\\", "\\\r"), 0, end):
            return end
        at = end + 1


def facts(tokens: Sequence[Token]) -> list[Fact]:
    """What a program says, in its order: names, calls, operators, constants, strings, control words, directives.

    Quotes, blanks, semicolons and commas before a closing bracket do not count.
    """
    said = [token for token in _numbered(_opened(tokens)) if token[0].kind not in {"space", "comment"}]
    out: list[Fact] = []
    for i, (token, line) in enumerate(said):
        behind = said[i + 1][0].text if i + 1 < len(said) else ""
        if token.text != ";" and not (token.text == "," and behind in {")", "]", "}"}):
            out.append(
                Fact(_kind(token, behind), token.text.strip("'\"`") if token.kind == "string" else token.text, line, 0)
            )
    return out


def _opened(tokens: Sequence[Token]) -> Iterator[Token]:
    """The tokens, with those of a directive, and of the code in a string, one by one."""
    for token in tokens:
        if token.kind == "fixed" and token.text.startswith("#"):
            yield from map(_piece, _DIRECTED.findall(token.text.rstrip() + "\n"))
        elif token.kind == "string" and "${" in token.text:
            yield Token("string", _WITHIN.sub("${}", token.text))
            code = " ".join(_WITHIN.findall(token.text))
            yield from (_piece(part) for part in _DIRECTED.findall(code) if not part.isspace())
        else:
            yield token


def _piece(text: str) -> Token:
    if text.isspace() or text == "\\\n":  # in a directive, the end of a line is its end
        return Token("fixed", "end") if "\n" in text and text[0] != "\\" else Token("space", text)
    return Token("string" if text[0] in "\"'" else "comment" if text.startswith(("//", "/*")) else "code", text)


def _numbered(tokens: Iterable[Token]) -> Iterator[tuple[Token, int]]:
    line = 1
    for token in tokens:
        yield token, line
        line += token.text.count("\n")


def _kind(token: Token, behind: str) -> str:
    if token.kind != "code":
        return "string" if token.kind == "string" else "statement"
    text = token.text
    if text[0].isdigit() or text in _VALUES:
        return "constant"
    if text.lower() in _STEPS:
        return "control"
    if text[0].isalpha() or text[0] in "_$@":
        return "call" if behind == "(" else "identifier"
    return "operator"
