"""Style sheets and scripts, bundled and squeezed by Flask-Assets into the instance folder.

A bundle's name has its content's hash in it, so browsers may keep it for a year.
"""

from pathlib import Path

from flask import current_app, send_from_directory
from flask_assets import Bundle

from examples.members.extensions import assets_of

SOURCES = Path(__file__).parent / "assets"
A_YEAR = 365 * 24 * 3600

#: What each bundle is made of, what squeezes it, and what comes out.
BUNDLES = {
    "club_css": (
        ("tokens.css", "layout.css", "parts.css", "pages.css"),
        "rcssmin",
        "club.%(version)s.css",
    ),
    "admin_css": (
        ("tokens.css", "layout.css", "admin.css"),
        "rcssmin",
        "admin.%(version)s.css",
    ),
    "club_js": (("club.js",), "rjsmin", "club.%(version)s.js"),
}


def init_app(app) -> None:
    """Register the bundles, and serve what is built of them."""
    folder = app.config["ASSETS_DIRECTORY"]
    Path(folder).mkdir(parents=True, exist_ok=True)
    app.config.update(
        ASSETS_URL="/assets",
        ASSETS_LOAD_PATH=[str(SOURCES)],
        ASSETS_MANIFEST=f"json:{folder}/manifest.json",
        ASSETS_CACHE=False,
        ASSETS_DEBUG=False,
        ASSETS_AUTO_BUILD=True,
    )
    environment = assets_of(app)
    for name, (sources, squeezer, output) in BUNDLES.items():
        environment.register(name, Bundle(*sources, filters=squeezer, output=output))
    app.add_url_rule("/assets/<path:filename>", "assets", serve)


def serve(filename: str):
    """Send a bundle."""
    response = send_from_directory(current_app.config["ASSETS_DIRECTORY"], filename, max_age=A_YEAR)
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response
