import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.proposals.locations import STRIDES, locations_of


def test_centers_by_hand():
    locations = locations_of(64, 128)
    # 8 x 16 cells of stride 8, 4 x 8 of 16, 2 x 4 of 32, 1 x 2 of 64.
    assert [(locations.strides == stride).sum() for stride in STRIDES] == [128, 32, 8, 2]
    assert locations.centers[0].tolist() == [4, 4]
    assert locations.centers[17].tolist() == [12, 12]  # row 1, column 1 of the finest map
    assert locations.centers[128].tolist() == [8, 8]
    assert locations.centers[-2:].tolist() == [[32, 32], [96, 32]]


def test_decodes_by_hand():
    locations = locations_of(64, 64)
    # The last location is (32, 32) at stride 64, with a unit of 128 pixels.
    logarithms = np.zeros((len(locations.strides), 4))
    logarithms[-1] = np.log([1 / 8, 1 / 4, 1 / 2, 1])
    boxes = locations.decode(logarithms)
    np.testing.assert_allclose(boxes[-1], [32 - 16, 32 - 32, 32 + 64, 32 + 128])
    np.testing.assert_allclose(boxes[0], [4 - 16, 4 - 16, 4 + 16, 4 + 16])  # a unit is 16 pixels


def test_an_extreme_output_is_decoded_to_finite_numbers():
    locations = locations_of(64, 64)
    assert np.isfinite(locations.decode(np.full((len(locations.strides), 4), 1e6))).all()


@given(
    st.tuples(st.floats(-40, 60), st.floats(-40, 60)),
    st.tuples(st.floats(1, 300), st.floats(1, 300)),
)
def test_what_is_encoded_is_decoded_where_the_location_is_inside(corner, size):
    locations = locations_of(64, 64)
    box = np.array([*corner, corner[0] + size[0], corner[1] + size[1]])
    decoded = locations.decode(locations.encode(np.tile(box, (len(locations.strides), 1))))
    # A thousandth of the smallest unit, 16 pixels, is the least distance that is kept.
    inside = (locations.centers > box[:2] + 0.2).all(1) & (locations.centers < box[2:] - 0.2).all(1)
    np.testing.assert_allclose(decoded[inside], np.tile(box, (inside.sum(), 1)), atol=1e-2)


@pytest.mark.parametrize("size", [(64, 60), (0, 64), (65, 64)])
def test_sizes_that_are_not_multiples_of_64_are_refused(size):
    with pytest.raises(ValueError, match="multiples of 64"):
        locations_of(*size)
