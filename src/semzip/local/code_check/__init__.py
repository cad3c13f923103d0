"""Whether shorter code still does the same."""
