"""The runner that invokes an app's commands in a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click.testing import CliRunner, Result

from kolben.cli.script import ScriptInfo

if TYPE_CHECKING:
    from kolben.app import Kolben


class KolbenCliRunner(CliRunner):
    """Invokes commands of an app in isolation; ``app.test_cli_runner()`` makes one.

    Args:
        app: The app under test.
        **kwargs: Passed to :class:`click.testing.CliRunner`.
    """

    def __init__(self, app: Kolben, **kwargs: Any) -> None:
        self.app = app
        super().__init__(**kwargs)

    def invoke(self, cli: Any = None, args: Any = None, *rest: Any, **kwargs: Any) -> Result:
        """Invoke a command, as :meth:`click.testing.CliRunner.invoke`.

        Args:
            cli: The command; the group ``app.cli`` if left out.
            args: Its arguments, a list of texts or one text that is split as a shell does.
            *rest: Passed to click: ``input``, ``env`` ...
            **kwargs: Passed to click. ``obj`` is a :class:`~kolben.cli.ScriptInfo` that loads the
                app under test, unless another is given.

        Returns:
            The result: ``output``, ``exit_code``, ``exception`` ...
        """
        if "obj" not in kwargs:
            kwargs["obj"] = ScriptInfo(create_app=lambda: self.app)
        return super().invoke(self.app.cli if cli is None else cli, args, *rest, **kwargs)
