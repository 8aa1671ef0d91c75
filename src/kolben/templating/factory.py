"""From an app's settings to its Jinja environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kolben.globals import g, request, session
from kolben.helpers import get_flashed_messages

if TYPE_CHECKING:
    from kolben.app import Kolben

    from .environment import Environment


def make_environment(app: Kolben) -> Environment:
    """Make the Jinja environment of an app.

    Args:
        app: Asked for ``jinja_environment`` (the class), ``jinja_options``, autoescaping,
            reloading, the globals and the JSON provider.

    Returns:
        The environment. It reloads changed templates when ``TEMPLATES_AUTO_RELOAD`` says so, or in
        debug mode where that is not set.
    """
    options = dict(app.jinja_options)
    options.setdefault("autoescape", app.select_jinja_autoescape)
    if "auto_reload" not in options:
        reload = app.config["TEMPLATES_AUTO_RELOAD"]
        options["auto_reload"] = app.debug if reload is None else reload
    environment = app.jinja_environment(app, **options)
    environment.globals.update(
        url_for=app.url_for,
        get_flashed_messages=get_flashed_messages,
        config=app.config,
        # A context processor gives the first and the last of these to a rendered template, but not
        # to one that is imported by another: there the proxies serve.
        request=request,
        session=session,
        g=g,
    )
    environment.policies["json.dumps_function"] = app.json.dumps
    return environment
