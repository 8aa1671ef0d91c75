"""A real Flask that was imported too early is named, with who did it."""

import pytest


@pytest.mark.parametrize(
    "text",
    [
        "import flask",
        "from flask import Flask as App",
        "import flask.json as j",
        "import os\ndef f():\n    import flask\nf()",
    ],
    ids=["module", "class", "submodule", "in a function"],
)
def test_the_importer_is_named(beside_flask, text):
    (beside_flask.folder / "early_bird.py").write_text(text)
    done = beside_flask(
        "-c", "import early_bird\nimport kolben.drop_in as d\nd.install()", ok=False
    )
    assert "RealFlaskImportedError: the real flask (" in done.stderr
    assert "by the module 'early_bird'" in done.stderr
    assert "python -m kolben.drop_in" in done.stderr


def test_the_nearest_importer_is_named_and_not_those_who_use_it(beside_flask):
    (beside_flask.folder / "outer.py").write_text("import inner\nfrom flask import g")
    (beside_flask.folder / "inner.py").write_text("import flask")
    done = beside_flask("-c", "import outer\nimport kolben.drop_in as d\nd.install()", ok=False)
    assert "by the module 'inner'" in done.stderr


def test_an_importer_that_left_no_trace(beside_flask):
    code = "__import__('flask')\nimport kolben.drop_in as d\nd.install()"
    done = beside_flask("-c", code, ok=False)
    assert "by code that kept no reference to it" in done.stderr
