"""Tables that tell when they are written to: each way to write, and nothing else about them."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from collections import defaultdict
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kolben import Config, Kolben, request_started
from kolben.telling import (
    NOBODY,
    Plans,
    TellingDict,
    TellingList,
    TellingSet,
    TellingTable,
    forget_all,
)

PLAIN = {
    TellingDict: lambda: {"a": 1, "b": 2},
    TellingTable: lambda: defaultdict(int, {"a": 1, "b": 2}),
    TellingList: lambda: ["b", "a", "b"],
    TellingSet: lambda: {"a", "b"},
}
#: What may be passed to a method, in the hope that it changes something.
TRIES = [
    (),
    ("a",),
    ("c",),
    (0,),
    (["c"],),
    ({"c"},),
    ({"c": 3},),
    (0, "c"),
    ("a", 3),
    ("c", 3),
    (slice(0, 1), ["x"]),
    (slice(0, 1),),
    (2,),
]
# What Python itself calls to make, copy or end an object.
NO_WRITES = {"__init__", "__new__", "__class__", "__setattr__", "__delattr__", "__setstate__"}


def make(cls):
    """Make a table and the plans that it tells."""
    plain, plans = PLAIN[cls](), Plans()
    table = cls(int, plain) if cls is TellingTable else cls(plain)
    return plans.heed(table), plans


def is_told(plans, write):
    """Tell whether plans are forgotten while something is done."""
    plans.by_scope["/"], plans.by_endpoint["index"] = "a plan", "a view"
    write()
    return not plans.by_scope and not plans.by_endpoint


def writes(base, make_plain):
    """Give each method of a class of Python's that changes an object, and with what."""
    for name in sorted({name for cls in base.__mro__[:-1] for name in vars(cls)} - NO_WRITES):
        for args in TRIES:
            plain = make_plain()
            before = copy.copy(plain)
            try:
                getattr(plain, name)(*args)
            except Exception:  # not what it takes
                continue
            if plain != before:
                yield name, args


ALL_WRITES = [
    (cls, name, args)
    for cls, make_plain in PLAIN.items()
    for name, args in writes(cls.__mro__[1], make_plain)
]


def test_the_writes_are_found():
    found = {(cls, name) for cls, name, _ in ALL_WRITES}
    assert {(TellingTable, "__missing__"), (TellingDict, "update"), (TellingList, "sort")} <= found
    assert {cls for cls, _ in found} == set(PLAIN)
    assert len(found) > 40


@pytest.mark.parametrize(
    ("cls", "name", "args"), ALL_WRITES, ids=[f"{c.__name__}-{n}-{a}" for c, n, a in ALL_WRITES]
)
def test_a_write_is_told_and_does_what_it_does(cls, name, args):
    table, plans = make(cls)
    plain = PLAIN[cls]()
    results = []
    assert is_told(plans, lambda: results.append(getattr(table, name)(*args)))
    results.append(getattr(plain, name)(*args))
    assert table == plain
    assert results[0] == results[1]


@pytest.mark.parametrize("cls", PLAIN)
def test_the_operators_tell(cls):
    table, plans = make(cls)
    if cls is TellingList:
        assert is_told(plans, lambda: exec("table += ['c']; table *= 2", {"table": table}))
        assert is_told(plans, lambda: exec("del table[0]", {"table": table}))
    elif cls is TellingSet:
        for operator in ("|=", "&=", "-=", "^="):
            assert is_told(plans, lambda o=operator: exec(f"t {o} {{'a'}}", {"t": table}))
    else:
        assert is_told(plans, lambda: exec("table |= {'c': 3}", {"table": table}))
        assert is_told(plans, lambda: exec("del table['c']", {"table": table}))


def test_a_look_for_what_is_missing_is_a_write():
    table, plans = make(TellingTable)
    assert is_told(plans, lambda: table["new"])
    assert not is_told(plans, lambda: table["new"])


@pytest.mark.parametrize("cls", PLAIN)
def test_reading_tells_nothing(cls):
    table, plans = make(cls)

    def read():
        assert len(table) == len(PLAIN[cls]())
        assert "a" in table
        assert list(table)
        assert repr(table)
        assert table.copy() == PLAIN[cls]()
        assert table == PLAIN[cls]()

    assert not is_told(plans, read)


def test_a_write_that_fails_halfway_is_told():
    table, plans = make(TellingList)

    def items():
        yield "c"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        table.extend(items())
    plans.by_scope["/"] = "a plan"
    with pytest.raises(ZeroDivisionError):
        table.extend(items())
    assert table[-1] == "c"
    assert not plans.by_scope


@pytest.mark.parametrize("cls", PLAIN)
def test_it_is_what_python_has(cls):
    table, _ = make(cls)
    assert isinstance(table, type(PLAIN[cls]()))
    assert repr(table) == repr(PLAIN[cls]())


@pytest.mark.parametrize("cls", [TellingDict, TellingTable, TellingList, TellingSet])
@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, lambda table: pickle.loads(pickle.dumps(table))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_is_equal_and_holds_no_plans(cls, duplicate):
    table, plans = make(cls)
    plans.by_scope["/"] = lambda: "cannot be pickled"
    copied = duplicate(table)
    assert copied == table
    assert type(copied) is cls
    assert copied.told is plans or not copied.told.by_scope


@given(
    st.lists(
        st.tuples(st.sampled_from(["set", "del", "pop", "default"]), st.integers(0, 3)), max_size=20
    )
)
def test_plans_are_forgotten_exactly_when_a_dict_has_changed_or_was_set(steps):
    table, plans = make(TellingDict)
    plain = dict(table)
    for step, key in steps:
        before = dict(plain)
        for target in (plain, table):
            plans.by_scope["/"] = "a plan"
            if step == "set":
                target[key] = key
            elif step == "del" and key in target:
                del target[key]
            elif step == "pop":
                target.pop(key, None)
            elif step == "default":
                target.setdefault(key, key)
        assert table == plain
        if before != plain:
            assert not plans.by_scope


def test_what_is_worked_out_before_a_change_and_kept_after_it_is_lost():
    table, plans = make(TellingDict)
    kept_in = plans.by_scope
    table["c"] = 3
    kept_in["/"] = "stale"
    assert not plans.by_scope


def test_who_finds_a_new_dict_for_plans_finds_nothing_old_to_make_them_of():
    plans = Plans()
    found = []

    class Looks:
        def __del__(self):
            found.append(bool(plans.facts or plans.by_endpoint))

    plans.facts["steady"] = plans.by_endpoint["index"] = True
    plans.by_scope["/"], plans.by_environ["/"] = Looks(), Looks()
    plans.forget()
    assert found == [False, False]


class Owner:
    """In the place of an app."""


def test_all_can_be_told_while_apps_are_made():
    failed = []

    def make():
        made = []
        for _ in range(500):
            made.append(Plans().of(Owner()))
            if len(made) > 20:
                made.clear()

    def tell():
        try:
            for _ in range(500):
                forget_all()
        except RuntimeError as error:
            failed.append(error)

    threads = [Thread(target=target) for target in (make, make, tell, tell)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_a_table_of_nobody_tells_nobody():
    TellingDict()["a"] = 1
    assert not NOBODY.by_scope


def test_the_first_to_hear_of_a_signal_is_told_to_all_apps():
    apps = [Kolben(name, static_folder=None) for name in ("one", "two")]
    for app in apps:
        app._plans.by_scope["/"] = "a plan"
    with request_started.connected_to(lambda *_, **__: None):
        assert [app._plans.by_scope for app in apps] == [{}, {}]


def test_an_app_that_nobody_holds_is_gone_at_once():
    app = Kolben("gone", static_folder=None)
    gone, plans = weakref.ref(app), weakref.ref(app._plans)
    gc.disable()
    try:
        del app
        assert gone() is None
        assert plans() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "write",
    [
        lambda config: config.update(COLOUR="red"),
        lambda config: config.from_mapping(COLOUR="red"),
        lambda config: config.from_object(type("Settings", (), {"COLOUR": "red"})),
        lambda config: config.setdefault("COLOUR", "red"),
        lambda config: config.__ior__({"COLOUR": "red"}),
    ],
)
def test_an_app_hears_of_whatever_is_written_to_its_config(write):
    app = Kolben("config", static_folder=None)
    assert is_told(app._plans, lambda: write(app.config))
    assert app.config["COLOUR"] == "red"


def test_a_config_without_an_app_is_a_dict_of_settings():
    config = Config(".", {"A": 1})
    config["B"] = 2
    assert config == {"A": 1, "B": 2}
    assert pickle.loads(pickle.dumps(config)) == config
