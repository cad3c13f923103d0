"""Which programming language a text that is not Python is in, and its lexical tokens, by Pygments' lexers.

Detection is conservative: two different signs of one language and fewer of any other; unsure is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, Literal

from attrs import frozen

from semzip.local.syntax.python_facts import Fact

Kind = Literal["code", "string", "comment", "fixed", "space"]
Newlines = Literal["free", "soft", "hard"]


@frozen
class Language:
    """What a language allows.

    Args:
        name: Its name.
        lexer: Module and class of its lexer, below pygments.lexers.
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


_SCRIPT: Final = (
    r"^\s*(?:export )?(?:const|let|var) [\w$]+ = |^\s*(?:const|let|var) [{\[].*[}\]] = ",
    r"\) => |\) => ?\{|\w+ => ",
    r"\bfunction\b ?\*? ?\w*\(.*\) ?\{",
    r"[!=]==",
    r"\bconsole\.\w+\(|\bdocument\.|\bwindow\.|\bJSON\.|\bPromise\b|\bprocess\.",
    r"\brequire\(['\"]|\bmodule\.exports\b|^import .+ from ['\"]|^export (?:default|const|function|class|async|type|interface)\b",
    r"\bnew (?:Map|Set|Error|Date|Array)\(|\btypeof \w|\basync function\b|\bthis\.\w+ = ",
)
_CURLY: Final = (
    r"^\s*#\s*(?:include|define|ifdef|ifndef|pragma)\b",
    r"^\s*(?:static |const |inline |unsigned |extern )*(?:int|void|char|float|double|long|size_t|bool|u?int\d+_t|struct \w+) ?\**[ *]\w+ ?[(;=\[,]",
    r"\w->\w",
    r"\bsizeof ?\(|\bmalloc\(|\bf?printf\(|\bNULL\b|\bmemcpy\(|\bfree\(",
)
LANGUAGES: Final = (
    _language(
        "typescript", "javascript.TypeScriptLexer", "soft", *_SCRIPT,
        r"[\w)\]?]: (?:string|number|boolean|void|any|unknown|never|Promise<|Record<|Array<)",
        r"^\s*(?:export )?(?:interface|type|enum|declare|abstract class) \w+",
        r"\b(?:private|public|protected|readonly) \w+[?]?[:(]| as const\b",
    ),
    _language("javascript", "javascript.JavascriptLexer", "soft", *_SCRIPT),
    _language(
        "java", "jvm.JavaLexer", "free",
        r"\b(?:public|private|protected) (?:static |final |abstract |synchronized )*(?:class|interface|enum|record|void|boolean|int|long|String|[A-Z]\w*(?:<[^>\n]+>)?(?:\[\])?) \w",
        r"^import (?:static )?[a-z]\w*(?:\.\w+)+(?:\.\*)?;",
        r"^\s*@(?:Override|Autowired|Test|Nullable|Deprecated|Entity)\b",
        r"\bSystem\.\w+|\bString\.\w+\(|\bthrows [A-Z]|\bfinal [A-Z]\w* ",
        r"^package [\w.]+;",
        r"\bnew [A-Z]\w*(?:<[\w, ]*>)?\(",
    ),
    _language(
        "csharp", "dotnet.CSharpLexer", "free",
        r"^\s*using [A-Z][\w.]*;", r"^\s*namespace [A-Z][\w.]*", r"\{ ?get;", r"\bConsole\.\w+\(|\bTask<|\basync Task\b|\bstring\.\w+\(",
        r"\b(?:public|private|protected|internal) (?:static |override |virtual |readonly |async )*(?:string|bool|int|void|var|IEnumerable|Task|decimal)\b",
        r"\bforeach \(var ",
    ),
    _language(
        "kotlin", "jvm.KotlinLexer", "soft",
        r"\bfun (?:<\w+> )?(?:\w+\.)?\w+\(.*\)(?:: \w+.*)? ?[{=]", r"^\s*(?:private )?va[lr] \w+(?:: \w+\??)? = ", r"\b(?:data|sealed|object|companion) (?:class|object)\b",
        r"\bwhen ?\(|\?\.let|\bit\.", r"\boverride fun\b|\bsuspend fun\b",
    ),
    _language(
        "go", "go.GoLexer", "soft",
        r"^package \w+\s*$", r"^func (?:\(\w+ \*?\w+(?:\[\w+\])?\) )?\w+(?:\[.*\])?\(", r"\w :?= .*|\w+ := ", r"\bif err != nil\b|, err :?= ", r"\bfmt\.\w+\(|\berrors\.New\(",
        r"^import (?:\(|\")", r"\bdefer |\bgo func\(|\bchan \w|\bmap\[\w+\]", r"^type \w+ (?:struct|interface) \{", r"\) \(?(?:\*?\w+, )*error\)? \{",
    ),
    _language(
        "rust", "rust.RustLexer", "free",
        r"\bfn \w+(?:<[^>\n]*>)?\(", r"\blet (?:mut )?\w+(?:: [^=\n]+)? = ", r"^\s*impl(?:<[^>\n]*>)? \w", r"-> (?:Result|Option|Self|impl|Vec|String|bool|&|[iuf](?:8|16|32|64|size))\b",
        r"\bpub(?:\(crate\))? (?:fn|struct|enum|mod|trait|const)\b", r"#\[\w+", r"\b(?:println|format|vec|panic|assert|assert_eq)!", r"&mut |&self|\.unwrap\(\)|\.iter\(\)", r"^use [\w:]+::",
    ),
    _language(
        "cpp", "c_cpp.CppLexer", "free", *_CURLY,
        r"\bstd::|\btemplate ?<|\bnullptr\b|\bcout <<", r"^\s*(?:public|private|protected):", r"\w+::~?\w+\(", r"^\s*using namespace \w+;|^namespace \w+ \{",
    ),
    _language("c", "c_cpp.CLexer", "free", *_CURLY),
    _language(
        "sql", "sql.SqlLexer", "free",
        r"^\s*(?:SELECT\b|INSERT\s+INTO\b|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\b|CREATE\s+(?:OR REPLACE\s+)?(?:UNIQUE )?(?:TABLE|INDEX|VIEW|FUNCTION)\b|ALTER\s+TABLE\b|WITH\s+\w+\s+AS\b)",
        r"\bFROM\s+[\w.\"`]+|\bVALUES\s*\(|\bPRIMARY KEY\b|\bNOT NULL\b|\bADD COLUMN\b",
        r"\b(?:WHERE|(?:INNER |LEFT |RIGHT )?JOIN|GROUP BY|ORDER BY|HAVING|LIMIT \d|REFERENCES|VARCHAR|INTEGER|DEFAULT)\b",
        line="--", flags=re.IGNORECASE,
    ),
    _language(
        "bash", "shell.BashLexer", "hard",
        r"\A#!.*\b(?:ba|z|k|da)?sh\b", r"^\s*(?:fi|done|esac)\b", r"; (?:then|do)\s*$|^\s*(?:then|do)\s*$", r"\[\[? .+ \]\]?", r"^\s*(?:set -\w+|export \w+=|local \w+=|echo )",
        line="#",
    ),
)  # fmt: skip
_PYTHON: Final = re.compile(
    r"^\s*(?:(?:async )?def \w+\(.*|class \w+.*:|elif .*:|except.*:|from [\w.]+ import .*)\s*$", re.MULTILINE
)
_DIRECTIVE: Final = re.compile(r"//(?:go:|export |line |\s*\+build|\s*@ts-)|///\s*<reference|/\*[!+]|#!")
"""Comments that a compiler or an interpreter obeys."""
_MARKUP: Final = re.compile(r"</\w|/>|<!--|<\?php|^import \"C\"", re.MULTILINE)
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
_FEWEST = 2
_WINDOW = 20_000


@lru_cache(maxsize=4)
def language(text: str) -> Language | None:
    """The language of `text`; None where that is not sure, or its lexer would not be."""
    window = text[:_WINDOW]
    scores = [sum(bool(sign.search(window)) for sign in each.signs) for each in LANGUAGES]
    best = max(scores)
    if best < _FEWEST or _PYTHON.search(window):
        return None
    found = [each for each, score in zip(LANGUAGES, scores, strict=True) if score == best]
    one = found[0] if len(found) == 1 else _common(found)
    if one is None or (one.name == "bash" and "<<" in text) or (one.name == "sql" and not one.signs[0].search(window)):
        return None
    return None if one.name in {"javascript", "typescript", "go"} and _MARKUP.search(text) else one


def _common(found: list[Language]) -> Language | None:
    """Of a language and its superset, found alike, the smaller one."""
    names = {each.name for each in found}
    if names in ({"typescript", "javascript"}, {"cpp", "c"}):
        return found[-1]
    return None


@lru_cache(maxsize=len(LANGUAGES))
def _lexer(path: str) -> Any:
    module, _, name = path.partition(".")
    return getattr(import_module(f"pygments.lexers.{module}"), name)(stripnl=False, stripall=False, ensurenl=False)


@lru_cache(maxsize=4)
def lex(text: str, given: Language) -> tuple[Token, ...] | None:
    """The tokens of `text`, which they make up again; None where the lexer finds an error."""
    out: list[Token] = []
    for kind, part in _parts(text, given):
        if kind is None:
            return None
        if out and out[-1].kind == kind and kind in {"space", "string", "fixed"}:
            out[-1] = Token(kind, out[-1].text + part)
        else:
            out.append(Token(kind, part))
    return tuple(out) if "".join(token.text for token in out) == text else None


def _parts(text: str, given: Language) -> Iterator[tuple[Kind | None, str]]:
    from pygments.token import Comment, Error
    from pygments.token import String as Quoted

    directives = given.name in {"c", "cpp", "csharp"}
    skip = 0
    for start, kind, whole in _lexer(given.lexer).get_tokens_unprocessed(text):
        at, part = start, whole
        if at < skip:  # within a directive, or its last token, which may reach beyond
            at, part = skip, part[skip - at :]
        if not part:
            continue
        if directives and part[0] == "#" and not text[text.rfind("\n", 0, at) + 1 : at].strip():
            skip = _directive_end(text, at)
            yield "fixed", text[at:skip]
        elif kind in Error:
            yield None, part
        elif kind in Quoted.Doc or (
            kind in Comment and kind not in Comment.Preproc and part.startswith(("//", "/*", "--", "#"))
        ):
            end = part.rstrip("\n")
            yield "fixed" if _DIRECTIVE.match(part) else "comment", end
            if len(end) < len(part):
                yield "space", part[len(end) :]
        elif kind in Comment:
            yield "fixed", part
        elif kind in Quoted:
            yield "string", part
        else:
            for piece in _PIECE.findall(part):
                yield ("space" if piece.isspace() else "code"), piece


def _directive_end(text: str, at: int) -> int:
    """Where a preprocessor directive ends: the end of its line, continued lines included."""
    while True:
        end = text.find("\n", at)
        if end < 0:
            return len(text)
        if text[end - 1] != "\\":
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
    """The tokens, with those of a directive one by one."""
    for token in tokens:
        if token.kind == "fixed" and token.text.startswith("#"):
            yield from map(_piece, _DIRECTED.findall(token.text.rstrip() + "\n"))
        else:
            yield token


def _piece(text: str) -> Token:
    if text.isspace() or text == "\\\n":
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
