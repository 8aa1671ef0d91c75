import os
import ssl
import sys
from types import ModuleType

import click
import pytest

from kolben.cli import SeparatedPathType, run_command


@pytest.fixture
def context():
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


def cert(*arguments):
    return run_command.make_context("run", list(map(str, arguments))).params["cert"]


@pytest.mark.parametrize("order", ["cert first", "key first"])
def test_a_certificate_file_comes_with_its_key(tmp_path, order):
    file, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    file.touch()
    key.touch()
    options = ["--cert", file, "--key", key]
    if order == "key first":
        options = [*options[2:], *options[:2]]
    assert cert(*options) == (str(file), str(key))


def test_a_certificate_file_without_a_key_is_refused():
    with pytest.raises(click.BadParameter, match="needs its key"):
        cert("--cert", __file__)


def test_a_key_without_a_certificate_is_refused():
    with pytest.raises(click.BadParameter, match='of no use without "--cert"'):
        cert("--key", __file__)


def test_an_ad_hoc_certificate_needs_cryptography(monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(click.BadParameter, match="pip install cryptography"):
        cert("--cert", "adhoc")


def test_an_ad_hoc_certificate_takes_no_key(monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", ModuleType("cryptography"))
    assert cert("--cert", "AdHoc") == "adhoc"
    with pytest.raises(click.BadParameter, match="no key is used"):
        cert("--cert", "adhoc", "--key", __file__)


def test_an_ssl_context_is_imported_and_takes_no_key(monkeypatch, context):
    module = ModuleType("Site_TLS")
    module.Context = context
    monkeypatch.setitem(sys.modules, "Site_TLS", module)
    assert cert("--cert", "Site_TLS:Context") is context
    with pytest.raises(click.BadParameter, match="no key is used"):
        cert("--cert", "Site_TLS:Context", "--key", __file__)


@pytest.mark.parametrize("name", ["not_there", "kolben"])
def test_an_import_that_is_no_ssl_context_is_refused(name):
    with pytest.raises(click.BadParameter, match="does not exist"):
        cert("--cert", name)


def test_a_python_without_ssl_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "ssl", None)
    with pytest.raises(click.BadParameter, match="built without SSL"):
        cert("--cert", "adhoc")


def test_paths_are_separated_as_in_path():
    assert SeparatedPathType()(os.pathsep.join(["a.py", "b.py"])) == ["a.py", "b.py"]


def test_each_of_the_paths_is_checked():
    with pytest.raises(click.BadParameter, match="not_there"):
        SeparatedPathType(exists=True)(os.pathsep.join([__file__, "not_there"]))
