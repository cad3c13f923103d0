"""Code in fewer tokens, by the rules of its language."""
