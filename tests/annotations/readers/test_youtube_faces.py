import re
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import youtube_faces
from hyperface.annotations.record import SkipReport

HEADER = "," + ",".join(map(str, range(136))) + "\n"


def row(name, points):
    return ",".join([name, *(f"{value:.3f}" for value in points.ravel())]) + "\n"


@pytest.fixture
def frames(tmp_path, make_image, face_68):
    folder = tmp_path / "youtube_faces"
    points = face_68(yaw=-30) - 0.5  # counted from 0
    names = ["Ana_Luz_00.jpg", "Ana_Luz_10.jpg", "Bo_20.jpg"]
    for name in names:
        make_image(folder / "training" / name)
    table = HEADER + "".join(row(name, points) for name in names)
    (folder / "training_frames_keypoints.csv").write_text(table)
    return folder


def test_frames_are_read_with_their_points(frames, skipped, face_landmarks):
    assert youtube_faces.recognizes(frames)
    images = list(youtube_faces.read(frames, skipped))
    assert skipped.lines() == []
    assert [image.name for image in images] == [
        "training/Ana_Luz_00.jpg",
        "training/Ana_Luz_10.jpg",
        "training/Bo_20.jpg",
    ]
    assert [image.faces[0].person for image in images] == ["Ana_Luz", "Ana_Luz", "Bo"]
    face = images[0].faces[0]
    labeled = np.setdiff1d(np.arange(21), [12, 16])
    np.testing.assert_allclose(face.landmarks[labeled], face_landmarks(yaw=-30)[labeled], atol=2e-3)
    np.testing.assert_allclose(np.degrees(face.pose), [0, 0, -30], atol=0.05)
    assert np.isnan(face.gender)
    assert {(image.source, image.complete, image.split) for image in images} == {
        ("youtube_faces", False, None)
    }


def test_test_table_is_held_out(frames, skipped, make_image, face_68):
    make_image(frames / "test" / "Cy_1.jpg")
    (frames / "test_frames_keypoints.csv").write_text(HEADER + row("Cy_1.jpg", face_68()))
    images = list(youtube_faces.read(frames, skipped))
    assert [image.split for image in images] == ["validation", None, None, None]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Bo_30.jpg" + ",50" * 136, "no such image file"),
        ("../secret.jpg" + ",50" * 136, "outside the data set"),
        ("Bo_20.jpg" + ",50" * 135, "line 5"),
        ("Bo_20.jpg" + ",x" * 136, "not a name and numbers"),
        ("Bo_40.jpg" + ",-1" * 136, "fewer than 4"),
        ("Bo_40.jpg" + ",50" * 136, "fewer than 4"),
        ("Bo_20.jpg" + ",50" * 136, "listed twice"),
        ('"' + ",50" * 136, "line 5"),
        ("\x00", "line 5"),
    ],
)
def test_bad_row_is_counted_and_the_rest_read(frames, skipped, line, reason):
    shutil.copy(frames / "training" / "Bo_20.jpg", frames / "training" / "Bo_40.jpg")
    with (frames / "training_frames_keypoints.csv").open("a") as file:
        file.write(line + "\n")
    assert len(list(youtube_faces.read(frames, skipped))) == 3
    (said,) = skipped.lines()
    assert reason in said


@given(content=st.binary(max_size=300) | st.text('Bo_20.jpg,".5\n', max_size=300).map(str.encode))
def test_any_bytes_give_images_or_reasons(frames, content):
    (frames / "training_frames_keypoints.csv").write_bytes(HEADER.encode() + content)
    assert not list(youtube_faces.read(frames, SkipReport()))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_saved_by_a_spreadsheet_in_europe(frames, skipped, encoding, separator):
    expected = list(youtube_faces.read(frames, skipped))
    path = frames / "training_frames_keypoints.csv"
    text = re.sub(r"\d+\.\d+", lambda number: f"{float(number[0]):g}", path.read_text())
    text = text.replace(",", separator).replace(".", ",").replace(",jpg", ".jpg")
    path.unlink()
    (frames / "training_frames_keypoints.CSV").write_bytes(
        text.replace("\n", "\r\n").encode(encoding)
    )
    assert youtube_faces.recognizes(frames)
    for one, other in zip(youtube_faces.read(frames, skipped), expected, strict=True):
        assert one.name == other.name
        np.testing.assert_array_equal(one.faces[0].landmarks, other.faces[0].landmarks)
    assert skipped.lines() == []
