"""Kolben together with other libraries: one room for each, loaded when it is imported."""
