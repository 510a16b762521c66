import numpy as np
from PIL import Image

from hyperface.annotations.record import Face, Picture
from hyperface.proposals.mosaic import mosaic


def test_faces_move_with_their_pictures(tmp_path):
    pictures = []
    for number, (width, height) in enumerate([(40, 20), (10, 10), (20, 80)]):
        image = Image.new("RGB", (width, height), (9, 9, 9))
        image.paste((250, 0, 0), (width // 2, 0, width, height // 2))  # The face: upper right.
        image.save(tmp_path / f"{number}.png")
        face = Face(np.array([width / 2, 0, width, height / 2], np.float32))
        pictures.append(Picture(tmp_path / f"{number}.png", "", "", width, height, (face,)))
    result = mosaic(pictures, tmp_path / "all.png", across=2, side=41)
    assert (result.width, result.height) == (40, 40)
    boxes = [face.box_xyxy.tolist() for face in result.faces]
    # Cells of 20: 40 x 20 at half in the first, 10 x 10 doubled in the second, 20 x 80 at a
    # quarter in the third, below the first.
    assert boxes == [[10, 0, 20, 5], [30, 0, 40, 10], [2.5, 20, 5, 30]]
    image = np.asarray(Image.open(result.path))
    assert image[2, 15].tolist() == [250, 0, 0]
    assert image[2, 5].tolist() == [9, 9, 9]
    assert image[5, 35].tolist() == [250, 0, 0]
    assert image[35, 35].tolist() == [0, 0, 0]
