import numpy as np
import pytest

from tools.rendering.recipes import (
    HEIGHT,
    MAX_PITCH,
    MAX_ROLL,
    MAX_YAW,
    ORIGINS,
    PEOPLE,
    WIDTH,
    draw_head,
    draw_image,
    held_out,
)

FEATURES = ["l-ear-scale-incr", "r-ear-scale-incr", "head-age-incr", "nose-hump-incr"]
HEADS = [draw_head(person, FEATURES) for person in range(0, PEOPLE, 7)]
IMAGES = [draw_image(3, number, FEATURES) for number in range(400)]
FACES = [face for image in IMAGES for face in image.faces]


def test_a_recipe_is_determined_by_its_two_numbers():
    assert draw_image(3, 5, FEATURES) == IMAGES[5]
    assert draw_image(4, 5, FEATURES) != IMAGES[5]
    assert draw_head(7, FEATURES) == HEADS[1]


def test_people_are_balanced():
    everyone = [draw_head(person, []) for person in range(168)]
    assert sum(head.gender for head in everyone) == 84
    for origin in ORIGINS:
        assert sum(head.origin == origin for head in everyone) == 56
    ages = np.array([head.age for head in everyone])
    counts, _ = np.histogram(ages, bins=4, range=(0.55, 1.0))
    assert counts.tolist() == [42] * 4
    women = np.array([head.gender == 1 for head in everyone])
    assert abs(ages[women].mean() - ages[~women].mean()) < 0.03


def test_the_origin_is_the_largest_share_and_shares_add_up_to_one():
    for head in HEADS:
        parts = {origin: head.phenotype[origin] for origin in ORIGINS}
        assert sum(parts.values()) == pytest.approx(1)
        assert max(parts, key=parts.get) == head.origin


def test_left_and_right_are_nearly_alike():
    for head in HEADS:
        left, right = (head.features[f"{side}-ear-scale-incr"] for side in "lr")
        assert abs(left - right) < 0.2


def test_beards_grow_on_men_alone():
    assert all(head.shave == -1 and head.beard == 0 for head in HEADS if head.gender == 1)
    assert any(head.beard > 0 for head in HEADS)


def test_angles_are_uniform():
    for index, most in enumerate((MAX_ROLL, MAX_PITCH, MAX_YAW)):
        angles = np.array([face.pose[index] for face in FACES]) / most
        assert np.abs(angles).max() <= 1
        counts, _ = np.histogram(angles, bins=8, range=(-1, 1))
        expected = len(FACES) / 8
        # Chi-square with 7 degrees of freedom: 24.3 at 0.001.
        assert ((counts - expected) ** 2 / expected).sum() < 24.3


@pytest.mark.parametrize("trait", ["hair", "glasses", "hat", "cover"])
def test_only_the_face_depends_on_gender(trait):
    words = np.array([getattr(face, trait) for face in FACES])
    women = np.array([face.head.gender == 1 for face in FACES])
    expected = women.mean()
    for word in set(words):
        chosen = words == word
        deviation = abs(women[chosen].mean() - expected)
        assert deviation < 4 * np.sqrt(0.25 / chosen.sum())


def test_backdrops_and_light_do_not_depend_on_gender():
    for trait in ("backdrop", "light"):
        groups = {}
        for image in IMAGES:
            groups.setdefault(getattr(image, trait), []).extend(
                face.head.gender for face in image.faces
            )
        for genders in groups.values():
            assert abs(np.mean(genders) - 0.5) < 4 * np.sqrt(0.25 / len(genders))


def test_no_person_is_in_both_splits():
    for image in IMAGES:
        for head in (*image.faces, *image.backs):
            assert held_out(head.head.person) == (image.split == "validation")
    share = np.mean([image.split == "validation" for image in IMAGES])
    assert 0.08 < share < 0.22


def test_some_images_are_empty_and_most_have_one_to_four_faces():
    counts = np.array([len(image.faces) for image in IMAGES])
    assert counts.max() == 4
    assert 0.1 < (counts == 0).mean() < 0.25
    assert counts.mean() > 1.4


def test_nobody_appears_twice_in_an_image():
    for image in IMAGES:
        people = [head.head.person for head in (*image.faces, *image.backs)]
        assert len(people) == len(set(people))


def test_faces_are_in_the_image_and_backs_turn_away():
    for face in FACES:
        assert 0 <= face.center[0] <= WIDTH
        assert 0 <= face.center[1] <= HEIGHT
        assert 30 <= face.side <= 200
    backs = [back for image in IMAGES for back in image.backs]
    assert len(backs) > 10
    assert all(abs(abs(back.pose[2]) - np.pi) <= 0.5 for back in backs)
