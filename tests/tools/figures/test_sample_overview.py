from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face
from tools.figures.draw_figures import COLUMNS, GAP, draw_overview


def images(folder, count, size=(80, 60)):
    made = []
    for number in range(count):
        path = Path(folder) / f"{number}.png"
        Image.new("RGB", size, (40 * number, 90, 90)).save(path)
        faces = (Face(np.array([20, 10, 60, 50], np.float32)),)
        made.append(AnnotatedImage(path, path.name, "made", *size, faces=faces))
    return made


def test_each_image_is_above_its_annotation(tmp_path):
    draw_overview(images(tmp_path, COLUMNS + 1), tmp_path / "sheet.jpg")
    sheet = np.asarray(Image.open(tmp_path / "sheet.jpg")).astype(int)
    assert sheet.shape == (2 * 60 + GAP, COLUMNS * (80 + GAP) - GAP, 3)
    plain, marked = sheet[4:52, 4:72], sheet[60 + GAP :, :80]  # white gaps ring in a JPEG
    assert np.abs(plain - [0, 90, 90]).max() < 12
    assert np.abs(marked - [0, 90, 90]).max() > 60  # the box


def test_images_of_different_sizes_raise(tmp_path):
    mixed = images(tmp_path, COLUMNS)[1:] + images(tmp_path, 1, (40, 40))
    with pytest.raises(ValueError, match="one size"):
        draw_overview(mixed, tmp_path / "sheet.jpg")
    with pytest.raises(ValueError, match="or more"):
        draw_overview(images(tmp_path, 2), tmp_path / "sheet.jpg")
