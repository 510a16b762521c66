import numpy as np
import pytest
from training_defaults import JITTER

from hyperface.evaluation.region_metrics import MIN_FACES, evaluation_regions
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.sampling import RegionSampler

RULES = OverlapRules()
EQUAL = {"face": 1.0, "hard_negative": 1.0, "background": 1.0}


def sampler(images, proposals=None):
    return RegionSampler(images, proposals or {}, RULES, JITTER, EQUAL)


@pytest.fixture(scope="module")
def crowd(make_face, make_image):
    """Forty images of a face among strangers."""
    return [make_image(make_face(100 + n, 50, 180 + n, 130)) for n in range(40)]


@pytest.fixture(scope="module")
def no_faces(make_image):
    return [make_image(complete=True) for _ in range(5)]


def told_apart(regions):
    faces = [region for region in regions if region.overlap > RULES.landmarks]
    others = [region for region in regions if region.overlap < RULES.background]
    assert len(faces) + len(others) == len(regions)
    return faces, others


def test_each_face_has_one_region_and_there_are_as_many_others(crowd, no_faces):
    faces, others = told_apart(evaluation_regions(sampler(crowd + no_faces), 1000, seed=0))
    assert sorted(region.image for region in faces) == list(range(40))
    assert len(others) == 40
    hard = [region for region in others if region.overlap > RULES.background_min]
    assert len(hard) == 20  # the other half are background
    assert {region.image for region in others if region not in hard} <= set(range(40, 45))


def test_a_face_is_evaluated_on_its_best_proposal(crowd, no_faces):
    best, worse = [105, 50, 180, 130], [110, 50, 180, 130]  # IoU 75/80 and 70/80
    proposals = {0: np.array([worse, best]), 1: np.array([[0, 0, 30, 30]])}
    faces, _ = told_apart(evaluation_regions(sampler(crowd + no_faces, proposals), 1000, seed=0))
    by_image = {region.image: region for region in faces}
    np.testing.assert_array_equal(by_image[0].box_xyxy, best)
    assert by_image[0].proposed
    assert not by_image[1].proposed  # none covers it: jittered


def test_there_are_at_most_max_regions(crowd, no_faces):
    regions = evaluation_regions(sampler(crowd + no_faces), 66, seed=0)
    faces, others = told_apart(regions)
    assert len(faces) == len(others) == 33
    assert len({region.image for region in faces}) == 33


def test_few_faces_are_evaluated_several_times(crowd, no_faces):
    faces, others = told_apart(evaluation_regions(sampler(crowd[:3] + no_faces), 1000, seed=0))
    assert len(faces) == len(others) == MIN_FACES
    assert {region.image for region in faces} == {0, 1, 2}
    boxes = {tuple(region.box_xyxy) for region in faces}
    assert len(boxes) > MIN_FACES / 2  # not the same one again and again


def test_images_without_faces_give_background(no_faces):
    regions = evaluation_regions(sampler(no_faces), 20, seed=0)
    assert regions
    assert all(region.face == -1 for region in regions)


def test_images_without_background_give_hard_negatives(crowd):
    faces, others = told_apart(evaluation_regions(sampler(crowd), 1000, seed=0))
    assert len(faces) == 40
    assert others
    assert all(region.overlap > RULES.background_min for region in others)


def test_the_same_seed_gives_the_same_regions(crowd, no_faces):
    def boxes(seed):
        regions = evaluation_regions(sampler(crowd + no_faces), 60, seed)
        return [(region.image, *region.box_xyxy) for region in regions]

    assert boxes(1) == boxes(1)
    assert boxes(1) != boxes(2)


def test_regions_are_ordered_by_image(crowd, no_faces):
    regions = evaluation_regions(sampler(crowd + no_faces), 60, seed=0)
    order = [region.image for region in regions]
    assert order == sorted(order)
