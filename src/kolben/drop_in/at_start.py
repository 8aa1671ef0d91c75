"""What `kolben adopt` has Python run when it starts: a finder that waits for `import flask`.

`kolben adopt` copies this file into an environment's site-packages, where a `.pth` file imports it
in every process. So it imports nothing but what Python has loaded by then, and it is no part of a
process that never imports one of these packages. It doesn't need Kolben until one does.
"""

import os
import sys

#: Packages whose import brings the drop-in: Flask, and those whose removed names it has.
TRIGGERS = frozenset({"flask", "flaskext", "itsdangerous", "jinja2", "markupsafe", "werkzeug"})


class Adopted:
    """The finder: it installs the drop-in at the first import that it is for, and is gone."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN206
        """Return the spec of a package that the drop-in is for, None for all others."""
        if name not in TRIGGERS:
            return None
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not cls]
        try:
            from kolben.drop_in import install
        except ImportError as error:
            sys.stderr.write(
                f"kolben was adopted in {sys.prefix} and can't be imported now ({error});"
                f" remove {__file__} and kolben-adopted.pth beside it\n"
            )
            return None
        install()
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return spec
        return None


if os.environ.get("KOLBEN_ADOPT") != "0":
    sys.meta_path.insert(0, Adopted)
