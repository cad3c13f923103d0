"""Prose: fewer words, which say the same."""
