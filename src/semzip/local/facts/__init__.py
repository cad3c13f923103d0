"""What a text says: its facts, each with a value that is the same in every notation."""
