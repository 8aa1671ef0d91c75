"""Lets ``python -m kolben`` be the ``kolben`` command."""

from kolben.cli import main

main()
