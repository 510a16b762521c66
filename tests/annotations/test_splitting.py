from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hyperface.annotations.record import Face, Picture
from hyperface.annotations.splitting import split_pictures


def picture(name, *people, source="set", split=None):
    faces = tuple(Face(np.array([0, 0, 1, 1]), person=person) for person in people)
    return Picture(Path(str(name)), str(name), source, 10, 10, faces, split=split)


def many(count, source="set"):
    return [picture(f"{number}.jpg", source=source) for number in range(count)]


def alone(pictures):
    return np.arange(len(pictures))


def test_fraction_of_every_source():
    pictures = many(2000, "first") + many(3000, "second")
    training, validation = split_pictures(pictures, alone(pictures), 0.1, seed=0)
    assert sorted([*training, *validation]) == list(range(5000))
    assert 160 < (validation < 2000).sum() < 240
    assert 250 < (validation >= 2000).sum() < 350


def test_same_seed_same_split_another_seed_another():
    pictures = many(200)
    first = split_pictures(pictures, alone(pictures), 0.5, seed=1)
    again = split_pictures(pictures, alone(pictures), 0.5, seed=1)
    other = split_pictures(pictures, alone(pictures), 0.5, seed=2)
    assert first[1].tolist() == again[1].tolist() != other[1].tolist()


def test_joining_another_set_moves_nothing():
    pictures, others = many(300), many(300, "other")
    _, before = split_pictures(pictures, alone(pictures), 0.2, seed=3)
    both = others + pictures
    _, after = split_pictures(both, alone(both), 0.2, seed=3)
    assert (after[after >= 300] - 300).tolist() == before.tolist()


def test_a_larger_fraction_keeps_what_a_smaller_one_held_out():
    pictures = many(300)
    held_out = [set(split_pictures(pictures, alone(pictures), f, 0)[1]) for f in (0.1, 0.3)]
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
    pictures = [
        picture(number, *people, split=split) for number, (_, people, split) in enumerate(rows)
    ]
    groups = np.array([group for group, _, _ in rows], int)
    training, validation = split_pictures(pictures, groups, fraction, seed)
    both = sorted([*training, *validation])
    assert len(set(both)) == len(both)
    assert {pictures[i].split for i in set(range(len(rows))) - set(both)} <= {"validation"}
    assert not set(groups[training]) & set(groups[validation])
    people = [
        {face.person for i in side for face in pictures[i].faces} for side in (training, validation)
    ]
    assert not people[0] & people[1]
    assert all(pictures[index].split != "train" for index in validation)


def test_prescribed_split_wins_and_takes_its_group_along():
    pictures = [
        picture("a", split="validation"),
        picture("b"),
        picture("c", split="train"),
        picture("d", "Ana", split="validation"),
        picture("e", "Ana"),
    ]
    _, validation = split_pictures(pictures, np.array([0, 0, 1, 2, 3]), 0, seed=0)
    assert validation.tolist() == [0, 1, 3, 4]


def test_a_picture_prescribed_for_validation_that_is_in_training_too_is_left_out(caplog):
    pictures = [
        picture("a", "Ana", "Ben", split="validation"),
        picture("b", "Ana", split="train"),
        picture("c", "Ben", split="validation"),  # linked to the training only by the first
        picture("d", split="validation"),
        picture("e", split="validation"),
        picture("f"),
    ]
    groups = np.array([0, 1, 2, 3, 4, 4])
    training, validation = split_pictures(pictures, groups, 0, seed=0)
    assert training.tolist() == [1]
    assert validation.tolist() == [2, 3, 4, 5]
    assert "1 pictures" in caplog.text
    assert "(a)" in caplog.text


def test_what_is_linked_through_others_stays_together():
    # 0-3 share Ana, 3-5 Ben, 5 and 4 are near-identical; 1 and 2 are alone.
    pictures = [
        picture("a", "Ana"),
        picture("b"),
        picture("c"),
        picture("d", "Ana", "Ben"),
        picture("e"),
        picture("f", "Ben"),
    ]
    groups = np.array([0, 1, 2, 3, 4, 4])
    sides = set()
    for seed in range(40):
        _, validation = split_pictures(pictures, groups, 0.5, seed)
        linked = {0, 3, 4, 5} & set(validation.tolist())
        assert linked in (set(), {0, 3, 4, 5})
        sides.add((bool(linked), 1 in validation, 2 in validation))
    assert len(sides) > 3  # and the others go their own ways


def test_of_two_pictures_one_is_held_out():
    pictures = many(2)
    for seed in range(20):
        _, validation = split_pictures(pictures, alone(pictures), 0.01, seed)
        assert len(validation) == 1
    assert len(split_pictures(pictures[:1], alone(pictures[:1]), 0.01, 0)[1]) == 0
    assert len(split_pictures(pictures, alone(pictures), 0, 0)[1]) == 0


@pytest.mark.parametrize(("groups", "fraction"), [([0], 0.1), ([0, 1], -0.1), ([0, 1], 1.5)])
def test_misuse_is_refused(groups, fraction):
    with pytest.raises(ValueError, match="expected"):
        split_pictures(many(2), np.array(groups), fraction, 0)
