import json
from pathlib import Path

import numpy as np
import pytest

from hyperface.annotations.completing import complete_images
from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.errors import UserError

PROJECT = Path(__file__).resolve().parents[2]


def image(source, name):
    face = Face(np.array([10, 10, 50, 50], np.float32))
    return AnnotatedImage(Path(name), name, source, 200, 100, (face,))


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "list.json"
    entries = {
        "one": {"a.jpg": {"faces": [[100, 10, 140, 50]], "ignored": [[0, 0, 5, 5]]}, "b.jpg": {}},
        "two": {"gone.jpg": {}},
    }
    path.write_text(json.dumps(entries))
    return path


def test_named_images_get_their_further_faces_and_are_complete(listed):
    given = [image("one", "a.jpg"), image("two", "a.jpg"), image("one", "b.jpg")]
    first, second = complete_images(given, listed)
    assert (first.name, second.name) == ("a.jpg", "b.jpg")
    assert first.complete
    assert second.complete
    boxes = [face.box_xyxy.tolist() for face in first.faces]
    assert boxes == [[10, 10, 50, 50], [100, 10, 140, 50]]
    assert first.ignored_xyxy.tolist() == [[0, 0, 5, 5]]
    assert np.isnan(first.faces[1].pose).all()
    assert len(second.faces) == 1
    assert not given[0].complete


@pytest.mark.parametrize(
    "text",
    ["no JSON", "[]", '{"one": []}', '{"one": {"a.jpg": {"faces": [[1, 2, 3]]}}}',
     '{"one": {"a.jpg": {"faces": [[5, 5, 5, 9]]}}}', '{"one": {"a.jpg": {"ignored": 3}}}'],
)  # fmt: skip
def test_another_format_is_reported(tmp_path, text):
    path = tmp_path / "list.json"
    path.write_text(text)
    match = r"list\.json (lists no images|is not JSON .*); it is read as"
    with pytest.raises(UserError, match=match):
        complete_images([], path)


def test_a_missing_file_is_reported(tmp_path):
    with pytest.raises(UserError, match="cannot be read"):
        complete_images([], tmp_path / "none.json")


def test_the_projects_own_list_names_sixty_images(shared_datasets):
    listed = json.loads((PROJECT / "data" / "held_out" / "every_face.json").read_text())
    names = [(source, name) for source, entries in listed.items() for name in entries]
    assert len(names) == 60
    for source, name in names:
        assert (shared_datasets / source / name).is_file() or list(
            (shared_datasets / source).rglob(Path(name).name)
        )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("listed", ["in/Zo\u00eb.jpg", "in/Zoe\u0308.jpg", "in\\Zo\u00eb.jpg"])
@pytest.mark.parametrize("name", ["in/Zo\u00eb.jpg", "in/Zoe\u0308.jpg"])
def test_a_list_from_another_system(tmp_path, encoding, listed, name):
    path = tmp_path / "list.json"
    text = json.dumps({"one": {listed: {"faces": [[100, 10, 140, 50]]}}}, ensure_ascii=False)
    path.write_bytes(text.encode(encoding))
    (found,) = complete_images([image("one", name)], path)
    assert len(found.faces) == 2


@pytest.mark.parametrize("box", [[200, 10, 240, 50], [10, 100, 50, 140], [-9, 0, 0, 9]])
def test_a_box_outside_its_image_tells_of_another_image(tmp_path, box):
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"one": {"a.jpg": {"ignored": [box]}}}))
    with pytest.raises(UserError, match=r"a box of one/a\.jpg that lies outside"):
        complete_images([image("one", "a.jpg")], path)
