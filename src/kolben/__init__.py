"""Kolben: a micro web framework with Flask's public API, written anew."""

__version__ = "0.1.0"
