"""Scripts written without spaces: Chinese characters and kana. Runs of them are kept or dropped whole."""

from __future__ import annotations

LETTERS = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
