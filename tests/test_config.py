"""kolben.config: filling a configuration, and the errors when it can't be filled."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from kolben.config import Config, ConfigAttribute


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(tmp_path, {"DEFAULT": 1})


class Settings:
    NAME = "from a class"
    lower = "ignored"

    @property
    def COMPUTED(self) -> str:
        return "from a property"


def test_it_is_a_dict_that_starts_with_the_defaults(config: Config) -> None:
    assert dict(config) == {"DEFAULT": 1}
    assert repr(config) == "<Config {'DEFAULT': 1}>"


def test_a_subclass_shows_its_own_name() -> None:
    assert repr(type("Mine", (Config,), {})("/")) == "<Mine {}>"


# from_pyfile, from_envvar


def test_pyfile_takes_upper_case_names_relative_to_the_root_path(
    config: Config, tmp_path: Path
) -> None:
    (tmp_path / "my.cfg").write_text("small = 2\nBIG = small * 21\nWHERE = __file__")
    assert config.from_pyfile("my.cfg") is True
    assert config == {"DEFAULT": 1, "BIG": 42, "WHERE": str(tmp_path / "my.cfg")}


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-15", "utf-8-sig"])
def test_pyfile_honours_the_encoding_the_file_declares(
    config: Config, tmp_path: Path, encoding: str
) -> None:
    declared = encoding.removesuffix("-sig")
    text = f"# -*- coding: {declared} -*-\nNAME = 'größer'\n"
    (tmp_path / "my.cfg").write_bytes(text.encode(encoding))
    config.from_pyfile("my.cfg")
    assert config["NAME"] == "größer"


def test_pyfile_that_is_missing_is_named_in_the_error(config: Config, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Unable to load configuration file") as caught:
        config.from_pyfile("missing.cfg")
    assert str(tmp_path / "missing.cfg") in str(caught.value)


@pytest.mark.parametrize("name", ["missing.cfg", ".", "file/my.cfg"])
def test_pyfile_that_is_missing_is_forgiven_when_silent(
    config: Config, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    assert config.from_pyfile(name, silent=True) is False


def test_an_os_error_of_the_pyfiles_own_code_is_not_taken_for_a_missing_file(
    config: Config, tmp_path: Path
) -> None:
    (tmp_path / "my.cfg").write_text("KEY = open('no such key file').read()")
    with pytest.raises(FileNotFoundError) as caught:
        config.from_pyfile("my.cfg", silent=True)
    assert caught.value.filename == "no such key file"


def test_envvar_names_the_pyfile(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my.cfg").write_text("BIG = 42")
    monkeypatch.setenv("MY_SETTINGS", "my.cfg")
    assert config.from_envvar("MY_SETTINGS") is True
    assert config["BIG"] == 42


def test_envvar_that_is_unset_is_an_error_with_its_name(config: Config) -> None:
    with pytest.raises(RuntimeError, match=r"'MY_SETTINGS' is not set; .* pass silent=True"):
        config.from_envvar("MY_SETTINGS")


def test_envvar_that_is_unset_is_forgiven_when_silent(config: Config) -> None:
    assert config.from_envvar("MY_SETTINGS", silent=True) is False


# from_prefixed_env


def test_prefixed_env_reads_json_and_keeps_other_text(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "os.environ",
        {"MY_INT": "1", "MY_LIST": "[1, true]", "MY_TEXT": "it's", "YOUR_INT": "2", "MYINT": "3"},
    )
    assert config.from_prefixed_env("MY") is True
    assert config == {"DEFAULT": 1, "INT": 1, "LIST": [1, True], "TEXT": "it's"}


def test_prefixed_env_by_default_reads_flask_and_kolben_over_it(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "os.environ", {"KOLBEN_BOTH": "1", "FLASK_BOTH": "2", "FLASK_OLD": "3", "KOLBEN_NEW": "4"}
    )
    config.from_prefixed_env()
    assert config == {"DEFAULT": 1, "BOTH": 1, "OLD": 3, "NEW": 4}


def test_prefixed_env_with_the_native_prefix_reads_it_alone(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.environ", {"KOLBEN_NEW": "4", "FLASK_OLD": "3"})
    config.from_prefixed_env("KOLBEN")
    assert config == {"DEFAULT": 1, "NEW": 4}


def test_prefixed_env_goes_into_nested_dicts_and_makes_them(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config["DB"] = {"echo": False, "pool": {"size": 1}}
    monkeypatch.setattr(
        "os.environ", {"MY_DB__echo": "true", "MY_DB__pool__size": "5", "MY_NEW__A__B": "c"}
    )
    config.from_prefixed_env("MY")
    assert config["DB"] == {"echo": True, "pool": {"size": 5}}
    assert config["NEW"] == {"A": {"B": "c"}}


@pytest.mark.parametrize("variable", ["MY_DEFAULT__X", "MY_DEFAULT__X__Y"])
def test_prefixed_env_says_which_variable_leads_into_no_dict(
    config: Config, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setattr("os.environ", {variable: "1"})
    with pytest.raises(TypeError, match=f"'{variable}' leads into a int, not a dict"):
        config.from_prefixed_env("MY")


def test_prefixed_env_takes_another_loader(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"MY_A": "x"})
    config.from_prefixed_env("MY", loads=str.upper)
    assert config["A"] == "X"


# from_object, from_file, from_mapping


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (Settings(), {"NAME": "from a class", "COMPUTED": "from a property"}),
        ("json.decoder", {"FLAGS": json.decoder.FLAGS}),
    ],
    ids=["instance", "import name"],
)
def test_object_gives_its_upper_case_attributes(
    config: Config, source: object, expected: dict[str, object]
) -> None:
    config.from_object(source)
    assert {key: config[key] for key in expected} == expected
    assert "lower" not in config


def test_object_name_that_cannot_be_imported_is_an_import_error(config: Config) -> None:
    with pytest.raises(ImportError, match="no_such_module"):
        config.from_object("no_such_module.Settings")


def test_file_reads_json_as_text(config: Config, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"NAME": "größer", "lower": 1}', encoding="utf-8")
    assert config.from_file("c.json", json.load) is True
    assert config == {"DEFAULT": 1, "NAME": "größer"}


def test_file_reads_toml_as_bytes(config: Config, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('NAME = "größer"\n[DB]\nsize = 5', encoding="utf-8")
    assert config.from_file("c.toml", tomllib.load, text=False) is True
    assert config == {"DEFAULT": 1, "NAME": "größer", "DB": {"size": 5}}


def test_file_that_is_missing_is_named_in_the_error(config: Config) -> None:
    with pytest.raises(FileNotFoundError, match=r"Unable to load .*missing\.json'"):
        config.from_file("missing.json", json.load)


def test_file_that_is_missing_is_forgiven_when_silent(config: Config) -> None:
    assert config.from_file("missing.json", json.load, silent=True) is False


def test_file_whose_data_is_no_mapping_is_an_error(config: Config, tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text("42")
    with pytest.raises(TypeError, match="must be a mapping or key-value pairs, got 'int'"):
        config.from_file("c.json", json.load)


def test_mapping_takes_mappings_pairs_and_keywords_the_keywords_win(config: Config) -> None:
    assert config.from_mapping({"A": 1, "b": 2}) is True
    config.from_mapping([("C", 3)], A=4, d=5)
    assert config == {"DEFAULT": 1, "A": 4, "C": 3}


def test_mapping_refuses_a_second_positional_argument(config: Config) -> None:
    with pytest.raises(TypeError):
        config.from_mapping({}, {})  # type: ignore[call-arg]  # that is the point


def test_mapping_refuses_what_is_not_pairs(config: Config) -> None:
    with pytest.raises(ValueError, match="must be a mapping or key-value pairs, got 'list'"):
        config.from_mapping(["ABC"])  # type: ignore[arg-type]  # that is the point


# get_namespace


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"type": "fs", "path": "/x"}),
        ({"lowercase": False}, {"TYPE": "fs", "PATH": "/x"}),
        ({"trim_namespace": False}, {"image_type": "fs", "image_path": "/x"}),
        ({"lowercase": False, "trim_namespace": False}, {"IMAGE_TYPE": "fs", "IMAGE_PATH": "/x"}),
    ],
)
def test_namespace_collects_what_shares_a_prefix(
    config: Config, options: dict[str, bool], expected: dict[str, str]
) -> None:
    config.from_mapping(IMAGE_TYPE="fs", IMAGE_PATH="/x", OTHER=1)
    assert config.get_namespace("IMAGE_", **options) == expected


# ConfigAttribute


class Owner:
    plain = ConfigAttribute[str]("PLAIN")
    lifetime = ConfigAttribute("LIFETIME", get_converter=lambda days: timedelta(days=days))

    def __init__(self) -> None:
        self.config = Config("/", {"PLAIN": "a", "LIFETIME": 2})


def test_attribute_reads_and_writes_its_key() -> None:
    owner = Owner()
    assert owner.plain == "a"
    owner.plain = "b"
    assert owner.config["PLAIN"] == owner.plain == "b"


def test_attribute_converts_at_each_read_and_stores_as_given() -> None:
    owner = Owner()
    assert owner.lifetime == timedelta(days=2)
    owner.lifetime = 3
    assert owner.config["LIFETIME"] == 3
    assert owner.lifetime == timedelta(days=3)


def test_attribute_of_the_class_is_the_descriptor_itself() -> None:
    assert isinstance(Owner.plain, ConfigAttribute)
    assert Owner.plain.__name__ == "PLAIN"


def test_attribute_whose_key_is_gone_is_a_key_error() -> None:
    owner = Owner()
    del owner.config["PLAIN"]
    with pytest.raises(KeyError, match="PLAIN"):
        owner.plain  # noqa: B018  # the read is the test
