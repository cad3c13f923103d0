"""Structured data in fewer tokens, without loss."""
