"""Cinema: a script goes in, a film comes out."""

__version__ = "0.1.0"
