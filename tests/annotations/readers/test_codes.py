import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers.codes import GENDER_OF_WORD, code_of, label_of
from hyperface.annotations.record import SkipReport

CELLS = st.none() | st.text(max_size=30) | st.floats() | st.integers() | st.binary(max_size=9)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *[(1, "1"), (1.0, "1"), ("1", "1"), (" 1.0 ", "1"), ("-1", "-1"), ("-1.0", "-1")],
        *[("01", "1"), (0.0, "0"), (-0.0, "0"), ("0.5", "0.5"), ("Male", "male"), (True, "true")],
        *[(None, None), ("", None), ("  ", None), ("NULL", None), (float("nan"), None)],
        *[
            ("20170104151306681", "20170104151306681"),
            (2**60 + 1, str(2**60 + 1)),
            ("9" * 500, "9" * 500),
        ],
        *[("nan", None), ("None", None), ("inf", "inf"), ("?", "?"), (b"m", "b'm'")],
    ],
)
def test_code_of(value, code):
    assert code_of(value) == code


def test_unknown_code_is_counted_with_its_place(skipped):
    values = ["m", "Female", "x" * 99, "", None, 2]
    found = [label_of(value, GENDER_OF_WORD, "no gender", "row", skipped) for value in values]
    assert found == [0.0, 1.0, None, None, None, None]
    assert skipped.counts == {"no gender, treated as missing": 2}
    assert skipped.names["no gender, treated as missing"] == [f"row: '{'x' * 20}'", "row: '2'"]


@given(value=CELLS)
def test_a_cell_is_a_label_or_empty_or_counted(value):
    skipped = SkipReport()
    label = label_of(value, GENDER_OF_WORD, "no gender", "row", skipped)
    assert (label is None) == (code_of(value) not in GENDER_OF_WORD)
    assert sum(skipped.counts.values()) == (label is None and code_of(value) is not None)
