from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.annotations.splitting import few_held_out, split_images


def image(name, *people, source="set", split=None):
    faces = tuple(Face(np.array([0, 0, 1, 1]), person=person) for person in people)
    return AnnotatedImage(Path(str(name)), str(name), source, 10, 10, faces, split=split)


def many(count, source="set"):
    return [image(f"{number}.jpg", source=source) for number in range(count)]


def alone(images):
    return np.arange(len(images))


def test_fraction_of_every_source():
    images = many(2000, "first") + many(3000, "second")
    training, validation = split_images(images, alone(images), 0.1, seed=0)
    assert sorted([*training, *validation]) == list(range(5000))
    assert 160 < (validation < 2000).sum() < 240
    assert 250 < (validation >= 2000).sum() < 350


def test_same_seed_same_split_another_seed_another():
    images = many(200)
    first = split_images(images, alone(images), 0.5, seed=1)
    again = split_images(images, alone(images), 0.5, seed=1)
    other = split_images(images, alone(images), 0.5, seed=2)
    assert first[1].tolist() == again[1].tolist() != other[1].tolist()


def test_joining_another_data_set_does_not_change_the_split():
    images, others = many(300), many(300, "other")
    _, before = split_images(images, alone(images), 0.2, seed=3)
    both = others + images
    _, after = split_images(both, alone(both), 0.2, seed=3)
    assert (after[after >= 300] - 300).tolist() == before.tolist()


def test_a_larger_fraction_keeps_what_a_smaller_one_held_out():
    images = many(300)
    held_out = [set(split_images(images, alone(images), f, 0)[1]) for f in (0.1, 0.3)]
    assert held_out[0] < held_out[1]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 12),
            st.sets(st.sampled_from("abcdefgh"), max_size=2),
            st.sampled_from([None, None, None, "train", "validation"]),
        ),
        max_size=40,
    ),
    st.sampled_from([0, 0.3, 0.5, 1]),
    st.integers(0, 5),
)
def test_no_group_and_no_person_on_both_sides(rows, fraction, seed):
    images = [image(number, *people, split=split) for number, (_, people, split) in enumerate(rows)]
    groups = np.array([group for group, _, _ in rows], int)
    training, validation = split_images(images, groups, fraction, seed)
    both = sorted([*training, *validation])
    assert len(set(both)) == len(both)
    assert {images[i].split for i in set(range(len(rows))) - set(both)} <= {"validation"}
    assert not set(groups[training]) & set(groups[validation])
    people = [
        {face.person for i in side for face in images[i].faces} for side in (training, validation)
    ]
    assert not people[0] & people[1]
    assert all(images[index].split != "train" for index in validation)


def test_prescribed_split_wins_and_takes_its_group_along():
    images = [
        image("a", split="validation"),
        image("b"),
        image("c", split="train"),
        image("d", "Ana", split="validation"),
        image("e", "Ana"),
    ]
    _, validation = split_images(images, np.array([0, 0, 1, 2, 3]), 0, seed=0)
    assert validation.tolist() == [0, 1, 3, 4]


def test_a_validation_image_that_is_also_in_training_is_excluded(caplog):
    images = [
        image("a", "Ana", "Ben", split="validation"),
        image("b", "Ana", split="train"),
        image("c", "Ben", split="validation"),  # linked to the training only by the first
        image("d", split="validation"),
        image("e", split="validation"),
        image("f"),
    ]
    groups = np.array([0, 1, 2, 3, 4, 4])
    training, validation = split_images(images, groups, 0, seed=0)
    assert training.tolist() == [1]
    assert validation.tolist() == [2, 3, 4, 5]
    assert "1 images" in caplog.text
    assert "(a)" in caplog.text


def test_what_is_linked_through_others_stays_together():
    # 0-3 share Ana, 3-5 Ben, 5 and 4 are near-identical; 1 and 2 are alone.
    images = [
        image("a", "Ana"),
        image("b"),
        image("c"),
        image("d", "Ana", "Ben"),
        image("e"),
        image("f", "Ben"),
    ]
    groups = np.array([0, 1, 2, 3, 4, 4])
    sides = set()
    for seed in range(40):
        _, validation = split_images(images, groups, 0.5, seed)
        linked = {0, 3, 4, 5} & set(validation.tolist())
        assert linked in (set(), {0, 3, 4, 5})
        sides.add((bool(linked), 1 in validation, 2 in validation))
    assert len(sides) > 3  # and the others go their own ways


def test_some_faces_are_always_left_to_train_on():
    some = [image("a", "Ana"), image("b"), image("c", "Ben"), image("d", "Cem")]
    for seed in range(40):
        for fraction in (0.1, 0.9):
            training, _ = split_images(some, alone(some), fraction, seed)
            assert any(some[row].faces for row in training)
            training, validation = split_images(some[:1], alone(some[:1]), fraction, seed)
            assert (training.tolist(), validation.tolist()) == ([0], [])
    assert len(split_images(some, alone(some), 1, 0)[0]) == 0
    prescribed = [image("a", "Ana", split="train"), image("b", "Ben")]
    assert any(split_images(prescribed, alone(prescribed), 0.5, s)[1].size for s in range(9))


def test_one_of_two_images_is_held_out():
    images = many(2)
    for seed in range(20):
        _, validation = split_images(images, alone(images), 0.01, seed)
        assert len(validation) == 1
    assert len(split_images(images[:1], alone(images[:1]), 0.01, 0)[1]) == 0
    assert len(split_images(images, alone(images), 0, 0)[1]) == 0


@pytest.mark.parametrize(("groups", "fraction"), [([0], 0.1), ([0, 1], -0.1), ([0, 1], 1.5)])
def test_invalid_arguments_are_refused(groups, fraction):
    with pytest.raises(ValueError, match="expected"):
        split_images(many(2), np.array(groups), fraction, 0)


def test_few_held_out_faces_give_a_warning_with_advice():
    (none,), (one,), (some,) = map(few_held_out, (0, 1, 19))
    assert none.startswith("none of the faces is held out for validation: results on fewer than 20")
    assert one.startswith("only 1 of the faces is held out")
    assert some.startswith("only 19 of the faces are held out")
    assert "VALIDATION_FRACTION" in some
    assert few_held_out(20) == []
