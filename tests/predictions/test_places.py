import pytest

from hyperface.predictions.places import Places, drawn_place, place_of


def row(image, path=None, **more):
    return {"image": image, **({"file": {"path": path}} if path else {}), **more}


@pytest.mark.parametrize(
    ("name", "frame", "place"),
    [
        ("a.jpg", False, "a.jpg"),
        ("holiday/a.JPEG", False, "holiday/a.JPEG"),
        ("holiday/a.png", False, "holiday/a.png.jpg"),
        ("/data/a.jpg", False, "data/a.jpg"),
        ("../../a.jpg", False, "_/_/a.jpg"),  # of an earlier version, not settled
        ("./clip.avi", True, "clip.avi.mp4"),
        ("clip.mp4", True, "clip.mp4"),
    ],
)
def test_what_is_drawn_stays_in_its_folder(name, frame, place):
    assert drawn_place(row(name, **({"frame": 0} if frame else {}))) == place


def test_the_suffix_is_of_what_is_drawn():
    assert place_of(row("b/clip.mp4", frame=3)) == "b/clip.mp4"


def test_a_long_name_is_shortened_and_unique():
    names = ["b/" + "\u732b" * 79 + end + ".jpg" for end in "\u72ac\u9b5a"]
    places = [place_of(row(name)) for name in names]
    assert places[0] != places[1]
    for place in places:
        folder, name = place.split("/")
        assert folder == "b"
        assert len(name.encode()) <= 230
        assert name.startswith("\u732b" * 60)
        assert name.endswith(".jpg")


def test_a_path_with_dots_is_drawn_without_them():
    places = Places()
    for name, path, place in (
        ("../pics/a.jpg", "/pics/a.jpg", "pics/a.jpg"),
        ("../../b/../a.jpg", "/a.jpg", "b/a.jpg"),
        ("/x/../c.jpg", "/c.jpg", "x/c.jpg"),
        ("../clip.avi", "/clip.avi", "clip.avi"),
    ):
        settled = places.assign(row(name, path))
        assert place_of(settled) == place
        assert places.assign(settled) == settled
    other = places.assign(row("pics/a.jpg", "/x/pics/a.jpg"))  # not the same file
    assert place_of(other).startswith("pics/a~")
    assert place_of(other).endswith(".jpg")
    above = places.assign(row("../../pics/a.jpg", "/other/pics/a.jpg"))
    assert len({place_of(above), place_of(other), "pics/a.jpg"}) == 3


def test_rows_of_earlier_versions_keep_their_place():
    old = row("../a.jpg", "/a.jpg")
    places = Places([old])
    assert drawn_place(old) == "_/a.jpg"
    assert place_of(places.assign(row("_/a.jpg", "/x/_/a.jpg"))).startswith("_/a~")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("a.jpg", "/x/a.jpg"), ("a.jpg", "/y/a.jpg")),
        (("a.png", "/x/a.png"), ("a.png.jpg", "/x/a.png.jpg")),
        (("A.jpg", "/x/A.jpg"), ("a.jpg", "/x/a.jpg")),  # one file on some systems
        (("Zo\u00eb.jpg", "/x/1"), ("Zoe\u0308.jpg", "/x/2")),
    ],
)
def test_no_two_files_share_a_place(first, second):
    places = Places()
    one, other = (places.assign(row(*each)) for each in (first, second))
    assert one == row(*first)  # as its name says
    assert drawn_place(one).casefold() != drawn_place(other).casefold()
    assert place_of(one).casefold() != place_of(other).casefold()
    again = Places([one, other])
    assert again.assign(row(*first)) == one
    assert again.assign(other) == other
