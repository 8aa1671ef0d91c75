"""Lets ``python -m kolben`` be the ``kolben`` command."""

from kolben.cli import main

if __name__ == "__main__":
    main()
