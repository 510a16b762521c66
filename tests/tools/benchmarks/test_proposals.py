import numpy as np
from PIL import Image

from hyperface.annotations.record import AnnotatedImage, Face
from tools.benchmarks.proposals import CUTS, mosaic, print_summaries
from tools.benchmarks.recall import Summary


def row(method: str, seconds: float, recall: list[float]) -> Summary:
    return Summary(
        method, "200", 321.4, seconds, float("nan"), np.array(recall), {"helen": 0.5}, 0.7
    )


ROWS = [
    row("opencv_fast", 0.3, [0.80, 0.96, 0.98, 0.98, 0.98]),
    row("opencv_quality", 0.4, [0.70, 0.97, 0.985, 0.985, 0.985]),
    row("selectivesearch", 2.0, [1, 1, 1, 1, 1]),
]


def test_the_table_has_a_row_for_each_setting(capsys):
    print_summaries(ROWS)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len(lines) == len(ROWS) + 2
    assert [cell.strip() for cell in lines[2].split("|")][1:5] == [
        "opencv_fast",
        "200",
        "321",
        "0.30",
    ]
    assert lines[0].count("first") == len(CUTS) - 1


def test_the_faces_of_a_mosaic_move_with_their_images(tmp_path):
    images = []
    for number, (width, height) in enumerate([(40, 20), (10, 10), (20, 80)]):
        image = Image.new("RGB", (width, height), (9, 9, 9))
        image.paste((250, 0, 0), (width // 2, 0, width, height // 2))  # The face: upper right.
        image.save(tmp_path / f"{number}.png")
        face = Face(np.array([width / 2, 0, width, height / 2], np.float32))
        images.append(AnnotatedImage(tmp_path / f"{number}.png", "", "", width, height, (face,)))
    result = mosaic(images, tmp_path / "all.png", across=2, side=41)
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
