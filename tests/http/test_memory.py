from __future__ import annotations

import pytest

from kolben.http.memory import Memory


def test_makes_each_value_once():
    made = []
    memory = Memory(lambda key: made.append(key) or key * 2, limit=10)
    assert [memory[3], memory[3]] == [6, 6]
    assert made == [3]


def test_forgets_when_there_are_too_many():
    memory = Memory(str, limit=3)
    for number in range(100):
        assert memory[number] == str(number)
        assert len(memory) <= 3


def test_an_error_is_raised_and_not_remembered():
    memory = Memory(int, limit=3)
    with pytest.raises(ValueError, match="invalid literal"):
        memory["x"]
    assert len(memory) == 0
