import cv2
import numpy as np
import pytest

from hyperface.images.writing import encoded, save_image


def test_a_png_reads_back_unchanged(tmp_path):
    image = np.zeros((2, 3, 3), np.uint8)
    image[0, 0] = 255, 10, 20
    save_image(tmp_path / "new" / "a.png", image)
    read = cv2.imread(str(tmp_path / "new" / "a.png"))[..., ::-1]
    np.testing.assert_array_equal(read, image)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]


def test_an_image_that_cannot_be_encoded_raises():
    with pytest.raises((ValueError, cv2.error)):
        encoded(np.zeros((0, 0, 3), np.uint8), ".jpg")
