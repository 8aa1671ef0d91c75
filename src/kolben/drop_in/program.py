"""The source of `flask.__main__`: `python -m kolben.drop_in -m flask run` is `kolben run`."""

from kolben.cli import main

if __name__ == "__main__":
    main()
