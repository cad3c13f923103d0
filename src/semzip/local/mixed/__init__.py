"""Texts of several kinds: Markdown or HTML with code, tables and data."""
