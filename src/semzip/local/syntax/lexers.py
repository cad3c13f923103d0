"""Pygments' lexers, mended where they misread a program: what stands in a string must never be taken for code.

Each adds rules before those that it inherits. Imported only when a text in such a language is lexed.
"""

# pyright: reportMissingTypeStubs=false
# types-Pygments describes few lexers.

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from pygments.lexer import RegexLexer, include, inherit
from pygments.lexers.dotnet import CSharpLexer
from pygments.lexers.javascript import TypeScriptLexer
from pygments.lexers.jvm import JavaLexer, KotlinLexer
from pygments.lexers.sql import SqlLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Whitespace

_REGEX = r"/(?![/*])(?:\\.|[^[/\\\n]|\[(?:\\.|[^\]\\\n])*\])+/[dgimsuvy]*"
_SHARP: Final[dict[str, list[Any]]] = getattr(CSharpLexer, "tokens", {})["basic"]


class ScriptLexer(TypeScriptLexer):
    """JavaScript and TypeScript: braces within the code of a template literal do not end it."""

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            (r"(?<![\w$.])(?:constructor|module|type|declare)\b(?=\s*[=.,;:)?!(])", Name.Other),
            (r"=>", Punctuation, "slashstartsregex"),
            (rf"(?<=[)}}])[ \t]*{_REGEX}(?=\.(?:test|exec)\()", String.Regex),
            (r"\d[\d_]*n?\b(?![.eE])|\d[\d_]*\.[\d_]+(?:[eE][-+]?\d+)?", Number),
            (r"@(?=\()", Keyword.Declaration),
            inherit,
        ],
        "slashstartsregex": [(rf"{_REGEX}(?![\w/])", String.Regex, "#pop"), inherit],
        "braced": [
            (r"\{", Punctuation, ("braced", "slashstartsregex")),
            (r"\}", Punctuation, "#pop"),
            include("root"),
        ],
        "interp-inside": [(r"\{", Punctuation, ("braced", "slashstartsregex")), inherit],
    }


class MarkupLexer(ScriptLexer):
    """JSX: where an expression may begin, `<` and a name open an element, whose text is kept as it is.

    A blank that holds the end of a line is none of the text: React trims lines, and drops the empty ones.
    """

    tokens: ClassVar[dict[str, list[Any]]] = {
        "slashstartsregex": [
            include("commentsandwhitespace"),
            (r"<(?=[A-Za-z_$>])(?!\w+(?:,|\s+extends\b))(?!(\w+)>\((?![\s\S]*</\1>))", Operator, ("#pop", "tag")),
            inherit,
        ],
        "tag": [
            include("commentsandwhitespace"),
            (r"/>", Operator, "#pop"),
            (r">", Operator, ("#pop", "children")),
            (r"\{", Punctuation, ("braced", "slashstartsregex")),
            (r"\"[^\"]*\"|'[^']*'", String),
            (r"=", Operator),
            (r"[\w$][\w.:$-]*", Name.Other),
        ],
        "children": [
            (r"</\s*[\w.:$-]*\s*>", Operator, "#pop"),
            (r"<(?=[A-Za-z_$>])", Operator, "tag"),
            (r"\{", Punctuation, ("braced", "slashstartsregex")),
            (r"\s*\n\s*", Whitespace),
            (r"(?:(?!\s*\n)[^{<])+", String),
        ],
    }


class JavaTextLexer(JavaLexer):
    """Java: `module` is a name like others in a method; octal characters; blanks behind the quotes of a text block."""

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            (r"module\b(?!\s+[\w.]+\s*\{)", Name),
            (r"\"\"\"[^\S\n]*\n", String, "multiline_string"),
            (r"'\\[0-7]{2,3}'", String.Char),
            (r"\b\d[\d_]*\d[lL]?\b(?![.eE\d])", Number),
            inherit,
        ],
    }


class KotlinTextLexer(KotlinLexer):
    """Kotlin: strings within the code of a string; `::class`; companions without a name; a lone `$`."""

    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [(r"::class\b", Operator), (r"\b\d[\d_]*\d(?:[uU]?L|[uU])?\b(?!\.\d)", Number), inherit],
        "class": [(r"\s*(?=[^\s\w`@{])", Whitespace, "#pop"), inherit],
        "variable": [(r"\s*(?=[<*])", Whitespace, "#pop"), inherit],
        "function": [(r"\s*(?=[(])", Whitespace, "#pop"), inherit],
        "string_common": [inherit, (r"\$", String)],
        "interpolation": [(r'"""', String, "multiline_string"), (r'"', String, "string"), inherit],
    }


class SharpLexer(RegexLexer):
    """C#: strings within interpolated ones, and within attributes."""

    flags = CSharpLexer.flags
    tokens: ClassVar[dict[str, list[Any]]] = {
        **_SHARP,
        "root": [
            (r"^\s+(?=\[)", Whitespace),
            (r"\[", Punctuation),
            (r'\$+"{3,}[\s\S]*?"{3,}|"{3,}[\s\S]*?"{3,}', String),
            (r'(?:\$@|@\$)"(?:""|\{(?:[^{}"]|"[^"]*")*\}|[^"{]|\{)*"', String),
            (r'\$"(?:\\.|\{\{|\{(?:[^{}"]|"(?:\\.|[^"\\\n])*"|\{[^{}]*\})*\}|[^"\\\n{])*"', String),
            (r"'\\(?:u[\da-fA-F]{4}|U[\da-fA-F]{8}|x[\da-fA-F]{1,4})'", String.Char),
            *_SHARP["root"],
        ],
    }


class QueryLexer(SqlLexer):
    """SQL of several systems: dollar quotes, bracketed and back-quoted names, commands of clients in lines of their own."""

    flags = re.IGNORECASE | re.MULTILINE
    tokens: ClassVar[dict[str, list[Any]]] = {
        "root": [
            (r"\$(\w*)\$[\s\S]*?\$\1\$", String),
            (r"\bE'(?:\\.|''|[^'\\])*'", String),
            (r"\b(?:N|B|X|U&|_utf8)'(?:''|[^'])*'", String),
            (r"`[^`\n]*`|\[[a-z_][\w ]*\]", String.Symbol),
            (r"^\\.*$|^DELIMITER\b.*$|^GO[ \t]*\d*[ \t]*$|^/[ \t]*$", Comment.Preproc),
            (r"\d+(?:\.\d+)?(?:e[-+]?\d+)?|\.\d+", Number),
            (r"::|:=|<=|>=|<>|!=|\|\||->>?|#>>?|@>|<@|=>", Operator),
            (r"[$:@?]+\w+|[^\W\d][\w$#]*", Name),
            (r"[{}\\]", Punctuation),
            inherit,
        ],
    }
