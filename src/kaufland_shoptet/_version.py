"""The version, where everything else reads it from."""

__version__ = "0.1.0"
