import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.readers import voc


def entry(name, box=(97, 34, 186, 141), difficult=0):
    edges = zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True)
    inside = "".join(f"<{tag}>{value}</{tag}>" for tag, value in edges)
    return (
        f"<object><name>{name}</name><pose>Unspecified</pose><truncated>0</truncated>"
        f"<difficult>{difficult}</difficult><bndbox>{inside}</bndbox></object>"
    )


def annotation(*objects, file="a.jpg", size=(301, 400)):
    width, height = size
    return (
        f"<annotation><folder>JPEGImages</folder><filename>{file}</filename><size>"
        f"<width>{width}</width><height>{height}</height><depth>3</depth></size>"
        f"<segmented>0</segmented>{''.join(objects)}</annotation>"
    )


@pytest.fixture
def add(tmp_path, make_image):
    """Adds an image and its annotation to a set called `masks`."""

    def write(content, stem="a", images="JPEGImages", annotations="Annotations", suffix=".jpg"):
        folder = tmp_path / "masks"
        make_image(folder / images / f"{stem}{suffix}", 301, 400)
        path = folder / annotations / f"{stem}.xml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write


def test_faces_are_read_with_their_boxes(add, skipped):
    folder = add(
        annotation(entry("with_mask"), entry("without_mask", (11, 21, 20, 40)), entry("dog"))
    )
    assert voc.recognizes(folder)
    (image,) = voc.read(folder, skipped)
    assert (image.source, image.name) == ("masks", "JPEGImages/a.jpg")
    assert (image.width, image.height, image.split, image.complete) == (301, 400, None, False)
    published = [face.published_box_xyxy.tolist() for face in image.faces]
    assert published == [[96, 33, 186, 141], [10, 20, 20, 40]]  # counted from 1, the last included
    assert all(np.isnan(face.gender) for face in image.faces)
    assert skipped.counts == {"object that is not a face: dog": 1}


@pytest.mark.parametrize(
    "name",
    ["face", "Face", "human face", "faces", "face_mask", "with_mask", "mask_weared_incorrect"],
)
def test_names_of_faces(name):
    assert voc.is_face(name)


@pytest.mark.parametrize("name", ["", "head", "person", "car", "surface", "facet"])
def test_other_names(name):
    assert not voc.is_face(name)


@pytest.mark.parametrize(
    "places", [("images", "annotations"), ("JPEGImages", "annotations"), ("images", "Annotations")]
)
def test_other_names_of_the_folders(add, skipped, places):
    folder = add(annotation(entry("face"), file="a"), "b", *places, suffix=".png")
    assert voc.recognizes(folder)
    (image,) = voc.read(folder, skipped)
    assert image.name == f"{places[0]}/b.png"  # the annotation's own name is in step


def test_difficult_face_is_ignored(add, skipped):
    folder = add(annotation(entry("face"), entry("face", (11, 21, 20, 40), difficult=1)))
    (image,) = voc.read(folder, skipped)
    assert (len(image.faces), len(image.ignored_xyxy)) == (1, 1)


def test_copies_with_windows_line_ends_are_read(add, skipped):
    content = annotation(entry("face"), file="C:\\images\\a.jpg").replace("><", ">\r\n<")
    folder = add(b"\xef\xbb\xbf" + content.encode())
    (image,) = voc.read(folder, skipped)
    assert image.name == "JPEGImages/a.jpg"
    assert skipped.lines() == []


BOMB = '<!DOCTYPE a [<!ENTITY b "face"><!ENTITY c "&b;&b;&b;">]>'
FETCH = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
FAULTS = {
    "annotation that is not XML": ["", "no XML", annotation(entry("face"))[:-5], "<a>&c;</a>"],
    "annotation that declares entities, refused": [
        BOMB + annotation(entry("&c;")),
        FETCH + annotation(entry("&b;")),
        (BOMB + annotation(entry("&c;"))).encode("utf-16"),
    ],
    "XML that is not a Pascal VOC annotation": ["<html></html>"],
    "annotation of an image of another size": [annotation(entry("face"), size=(600, 800))],
    "annotation without a usable face": [annotation()],
    "empty box": [annotation(entry("face", (98, 34, 97, 141)))],
    "box of negative size": [annotation(entry("face", (186, 34, 97, 141)))],
    "box outside the image": [annotation(entry("face", (401, 34, 500, 141)))],
    "face without a box of four numbers": [
        annotation(entry("face", ("x", 34, 186, 141))),
        annotation(entry("face", ("", 34, 186, 141))),
        annotation(entry("face")).replace("bndbox", "polygon"),
    ],
}


@pytest.mark.parametrize(
    ("reason", "content"), [(reason, one) for reason, many in FAULTS.items() for one in many]
)
def test_fault_costs_that_annotation_alone(add, skipped, reason, content):
    add(annotation(entry("face")))
    folder = add(content, "b")
    assert [image.name for image in voc.read(folder, skipped)] == ["JPEGImages/a.jpg"]
    assert skipped.counts[reason] == 1


def test_files_without_their_counterpart_are_counted(add, skipped, make_image):
    folder = add(annotation(entry("face")))
    make_image(folder / "JPEGImages" / "b.jpg")
    (folder / "Annotations" / "c.xml").write_text(annotation(entry("face"), file="../a.jpg"))
    (folder / "Annotations" / "d.xml").write_text(annotation(entry("face"), file="a.jpg"))
    assert len(list(voc.read(folder, skipped))) == 1
    assert skipped.counts == {
        "image without an annotation that can be used": 1,
        "image listed twice, the first one is used": 2,
    }


@given(st.binary(max_size=60))
def test_any_bytes(content):
    try:
        voc.parse_xml(content)
    except ValueError as error:
        assert str(error).startswith("annotation that")
