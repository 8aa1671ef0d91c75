"""What `importlib.metadata` says about the distribution "flask" where none is installed.

Extensions ask `importlib.metadata.version("flask")` when they are imported and choose their code
by the answer. It is the release whose contract Kolben keeps. A real Flask beside Kolben goes on
answering for itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import Distribution, DistributionFinder, MetadataPathFinder
from os import PathLike
from pathlib import Path

from kolben.drop_in.modules import FLASK_VERSION

__all__ = ["FlaskDistribution", "distributions"]

_TEXTS = {
    "METADATA": (
        "Metadata-Version: 2.1\n"
        "Name: Flask\n"
        f"Version: {FLASK_VERSION}\n"
        "Summary: Kolben, answering under the name of Flask.\n"
        "Requires-Dist: kolben\n"
    ),
    "top_level.txt": "flask\n",
    "INSTALLER": "kolben.drop_in\n",
}


class FlaskDistribution(Distribution):
    """The metadata of a Flask that isn't installed: its name, its version, no files."""

    def read_text(self, filename: str) -> str | None:
        """Return the text of one metadata file.

        Args:
            filename: Name of the file, for example `METADATA`.

        Returns:
            Its text, or None when there is no such file.
        """
        return _TEXTS.get(filename)

    def locate_file(self, path: str | PathLike[str]) -> Path:
        """Return where a file of the distribution would lie.

        Args:
            path: Path relative to the distribution.

        Returns:
            A path in this room.
        """
        return Path(__file__).parent / path


def distributions(context: DistributionFinder.Context) -> Iterable[Distribution]:
    """Answer a search for distributions, if it is for Flask and nobody else can.

    Args:
        context: What is searched: `name` (None for all), `path` (where; `sys.path` if not given).

    Returns:
        Our distribution, or nothing.
    """
    if context.name is not None and context.name.lower() != "flask":
        return []
    if "path" in vars(context):  # somebody looks in one folder; we lie in none
        return []
    if any(MetadataPathFinder.find_distributions(DistributionFinder.Context(name="flask"))):
        return []
    return [FlaskDistribution()]
