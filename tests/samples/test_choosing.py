import numpy as np
import pytest

from hyperface.regions.overlap import OverlapRules
from hyperface.samples.choosing import choose_regions

RULES = OverlapRules()


@pytest.fixture
def proposals(make_image):
    """Ten proposals close to the face, ten that touch it, ten in the corner; face 40 x 40."""
    box = make_image("a.png").faces[0].box_xyxy
    wider = np.arange(10)[:, None] * [0, 0, 1, 0]
    close, touching = box + wider, box + np.array([25, 0, 25, 0]) + wider
    corner = np.array([0, 0, 12, 12]) + np.arange(10)[:, None] * [0, 0, 1, 1]
    return np.concatenate([close, touching, corner])


def kinds(regions):
    faces = sum(region.overlap > 0.35 for region in regions)
    touching = sum(0.1 < region.overlap <= 0.35 for region in regions)
    return faces, touching, len(regions) - faces - touching


def test_half_of_the_regions_are_faces_and_the_annotated_box_comes_first(make_image, proposals):
    image = make_image("a.png", complete=True)
    regions = choose_regions(image, proposals, 16, RULES, 1)
    assert len(regions) == 16
    assert not regions[0].proposed
    assert regions[0].overlap > 0.9
    assert kinds(regions)[0] == 8


def test_background_that_touches_a_face_comes_first(make_image, proposals):
    regions = choose_regions(make_image("a.png", complete=True), proposals, 12, RULES, 1)
    assert kinds(regions)[2] == 0


def test_possible_unannotated_faces_are_not_background(make_image, proposals):
    regions = choose_regions(make_image("a.png"), proposals, 30, RULES, 1)
    assert kinds(regions)[2] == 0
    assert min(region.overlap for region in regions) > 0.1


def test_background_fills_up_for_missing_faces(make_image, proposals):
    image = make_image("a.png", complete=True)
    assert kinds(choose_regions(image, proposals[10:], 16, RULES, 1)) == (1, 10, 5)


def test_the_same_seed_gives_the_same_regions(make_image, proposals):
    image = make_image("a.png", complete=True)

    def boxes(seed, order=slice(None)):
        chosen = choose_regions(image, proposals[order], 10, RULES, seed)
        return [region.box_xyxy.tolist() for region in chosen]

    assert boxes(1) == boxes(1)
    assert boxes(1) == boxes(1, slice(None, None, -1))  # whatever the search's order
    assert boxes(1) != boxes(2)


def test_images_without_annotation_give_the_first_proposals(make_image, proposals):
    image = make_image("a.png", faces=0)
    regions = choose_regions(image, proposals, 3, RULES, 1)
    np.testing.assert_array_equal(
        [region.box_xyxy for region in regions], np.rint(proposals[:3]).astype(int)
    )
    assert {(region.face, region.overlap, region.proposed) for region in regions} == {(-1, 0, True)}


def test_an_image_without_faces_gives_background(make_image, proposals):
    regions = choose_regions(make_image("a.png", 0, complete=True), proposals, 8, RULES, 1)
    assert kinds(regions) == (0, 0, 8)
    assert choose_regions(make_image("a.png"), proposals[:0], 0, RULES, 1) == []
