"""What kind of text this is. (First cut.)"""

from __future__ import annotations

from semzip.records import Domain


def domain(text: str) -> Domain:
    """nl, code or data."""
    start = text.lstrip()[:20]
    if start.startswith(("def ", "class ", "import ", "from ", "async def ", "@")):
        return "code"
    return "data" if start.startswith(("{", "[")) else "nl"
