"""What importlib.metadata says about Flask."""

from importlib.metadata import DistributionFinder

import pytest

from kolben.drop_in.distribution import FlaskDistribution, distributions


@pytest.mark.parametrize("name", ["flask", "Flask"])
def test_the_version_is_the_contracts(python, name):
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    assert python.code(code) == "3.1.3"


def test_a_real_flask_answers_for_itself(beside_flask):
    code = "import importlib.metadata as m; print(type(m.distribution('flask')).__name__)"
    assert beside_flask.code(code) == "PathDistribution"


def test_the_real_flask_is_listed_once(python):
    code = """
import importlib.metadata as m
print([each.name for each in m.distributions()].count("Flask"))
print(m.packages_distributions()["flask"])
"""
    assert python.code(code) == "1\n['Flask']"


def test_other_distributions_are_not_answered_for(without_flask):
    code = """
import importlib.metadata as m
try:
    m.version("flask-login-that-is-not-here")
except m.PackageNotFoundError as error:
    print("not found")
"""
    assert without_flask.code(code) == "not found"


def test_a_search_in_one_folder_does_not_find_ours():
    context = DistributionFinder.Context(name="flask", path=["."])
    assert list(distributions(context)) == []


def test_entry_points_of_other_distributions_work(python, tmp_path):
    info = tmp_path / "extra" / "Ext-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: Ext\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[flask.commands]\nhello = json:dumps\n")
    code = """
import importlib.metadata as m
print([each.load()(1) for each in m.entry_points(group="flask.commands", name="hello")])
"""
    assert python.code(code, path=[info.parent]) == "['1']"


def test_dunder_version_is_deprecated_as_in_flask(python):
    code = """
import warnings, flask
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(flask.__version__, caught[0].category.__name__)
"""
    assert python.code(code) == "3.1.3 DeprecationWarning"


def test_the_distribution_has_no_files_of_its_own():
    ours = FlaskDistribution()
    assert ours.metadata["Name"] == "Flask"
    assert ours.requires == ["kolben"]
    assert ours.files is None
    assert ours.read_text("entry_points.txt") is None
    assert ours.locate_file("flask").name == "flask"
