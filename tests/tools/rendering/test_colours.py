import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tools.rendering.colours import linear_to_srgb, srgb_to_linear


def test_by_hand():
    np.testing.assert_allclose(
        srgb_to_linear([0, 0.04045, 0.5, 1]), [0, 0.0031308, 0.21404, 1], atol=1e-5
    )
    assert linear_to_srgb(np.array([-1.0, 0.0])).tolist() == [0, 0]


@given(st.floats(0, 1))
def test_round_trip(colour):
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(colour)), colour, atol=1e-6)
