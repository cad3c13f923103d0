"""Python, written anew from its syntax tree."""
