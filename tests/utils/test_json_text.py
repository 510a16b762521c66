import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.utils.json_text import json_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def test_nan_and_infinity_become_null():
    value = {"a": float("nan"), "b": [1.5, (float("inf"), -float("inf"))], "c": np.float64("nan")}
    assert json_text(value) == '{"a": null, "b": [1.5, [null, null]], "c": null}'


@given(VALUES)
def test_every_reader_can_read_it(value):
    json.loads(json_text(value), parse_constant=refuse)


def test_a_value_that_json_does_not_know_is_not_hidden():
    with pytest.raises(TypeError):
        json_text({"a": object()})
