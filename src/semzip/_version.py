"""The version, where everything can import it."""

__version__ = "2.0.0.dev0"
