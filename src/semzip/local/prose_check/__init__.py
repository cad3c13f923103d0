"""Whether a shorter prose text still says the same."""
