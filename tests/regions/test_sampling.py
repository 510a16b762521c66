from collections import Counter

import numpy as np
import pytest
from training_defaults import JITTER

from hyperface.errors import UserError
from hyperface.geometry.boxes import iou_matrix_xyxy
from hyperface.regions.overlap import OverlapRules, touches_ignored
from hyperface.regions.sampling import KINDS, RegionSampler

RULES = OverlapRules()
EQUAL = {"face": 1.0, "hard_negative": 1.0, "background": 1.0}
# On a face at 100, 50, 180, 130 (80 x 80): IoU 1, 70/80, 60/80, 40/80, 32/80, 16/80, 4/80, 0.
PROPOSALS = np.array(
    [[100, 50, 100 + width, 130] for width in (80, 70, 60, 40, 32, 16, 4)] + [[200, 150, 280, 190]],
    np.float32,
)


@pytest.fixture(scope="module")
def images(make_face, make_image):
    """A face among strangers; an image without faces; two faces and nobody else."""
    return [
        make_image(make_face(100, 50, 180, 130), source="crowd"),
        make_image(width=200, height=160, complete=True, source="no_faces"),
        make_image(
            make_face(20, 20, 100, 100),
            make_face(150, 80, 210, 140),
            complete=True,
            source="pair",
        ),
    ]


def sampler(images, proposals=None, shares=EQUAL, **more):
    return RegionSampler(images, proposals or {}, RULES, JITTER, shares, **more)


def regions_of(drawn_from, kind, count=40, seed=0):
    rng = np.random.default_rng(seed)
    return [drawn_from.draw(kind, rng) for _ in range(count)]


def as_tuple(region):
    return (region.image, *region.box_xyxy.tolist(), region.face, region.overlap, region.proposed)


@pytest.mark.parametrize("proposed", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_region_is_whole_inside_and_truly_described(images, kind, proposed):
    drawn_from = sampler(images, {0: PROPOSALS, 2: PROPOSALS} if proposed else {})
    for region in regions_of(drawn_from, kind):
        image = images[region.image]
        left, top, right, bottom = region.box_xyxy
        assert np.issubdtype(region.box_xyxy.dtype, np.integer)
        assert 0 <= left < right <= image.width
        assert 0 <= top < bottom <= image.height
        if not image.faces:
            assert (region.face, region.overlap) == (-1, 0)
            continue
        faces = np.stack([face.box_xyxy for face in image.faces])
        overlaps = iou_matrix_xyxy(region.box_xyxy, faces)[0]
        assert region.overlap == pytest.approx(overlaps.max())
        assert overlaps[region.face] == overlaps.max()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_face_regions_overlap_a_face_enough(images, share):
    drawn_from = sampler(images, {0: PROPOSALS}, proposal_share=share)
    drawn = regions_of(drawn_from, "face")
    assert all(region.overlap > RULES.landmarks for region in drawn)
    assert {(region.image, region.face) for region in drawn} == set(drawn_from.faces)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_hard_negatives_touch_a_face_and_are_none(images, share):
    drawn = regions_of(sampler(images, {0: PROPOSALS}, proposal_share=share), "hard_negative")
    assert all(RULES.background_min < region.overlap < RULES.background for region in drawn)
    assert {region.image for region in drawn} == {0, 2}


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_background_has_no_faces_and_no_unannotated_people(images, share):
    proposals = {1: PROPOSALS[-1:] - 100, 2: PROPOSALS}
    drawn = regions_of(sampler(images, proposals, proposal_share=share), "background")
    assert all(region.overlap <= RULES.background_min for region in drawn)
    assert all(images[region.image].complete for region in drawn)
    assert {region.image for region in drawn} == {1, 2}


@pytest.mark.parametrize("kind", ["hard_negative", "background"])
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_background_shows_no_ignored_faces(make_face, make_image, kind, share):
    # The strip of 16 pixels has an IoU of 0.2 with the face, and lies on an ignored one.
    ignored = np.array([[90, 40, 118, 140], [200, 0, 300, 200]])
    face = make_face(100, 50, 180, 130)
    image = make_image(face, complete=True, ignored=ignored, source="crowd")
    proposals = {0: np.concatenate([PROPOSALS, [[164, 50, 180, 130], [0, 150, 80, 190]]])}
    drawn = regions_of(sampler([image], proposals, proposal_share=share), kind)
    boxes = np.array([region.box_xyxy for region in drawn])
    assert not touches_ignored(boxes, ignored, RULES).any()
    if share == 1:
        own = [164, 50, 180, 130] if kind == "hard_negative" else [0, 150, 80, 190]
        assert np.unique(boxes, axis=0).tolist() == [own]


def test_jittered_boxes_vary_in_place_size_and_shape(make_face, make_image):
    image = make_image(make_face(400, 400, 500, 500), width=900, height=900)
    drawn = regions_of(sampler([image]), "face", 150)
    boxes = np.array([region.box_xyxy for region in drawn])
    sides, centers = boxes[:, 2:] - boxes[:, :2], (boxes[:, 2:] + boxes[:, :2]) / 2
    jitter = JITTER
    assert np.abs(centers - 450).max() <= jitter.shift * 100 + 1
    aspect = sides[:, 0] / sides[:, 1]
    assert 1 < aspect.max() <= jitter.aspect * 1.03  # rounding to pixels
    assert 1 > aspect.min() >= 1 / jitter.aspect / 1.03
    size = np.sqrt(sides.prod(axis=1)) / 100
    assert 1.2 < size.max() <= jitter.scale * 1.02
    assert 1 / 1.2 > size.min() >= 1 / jitter.scale / 1.02
    assert centers.mean(axis=0) == pytest.approx([450, 450], abs=4)  # to no side


def test_a_face_that_the_frame_cuts_away_is_not_drawn(make_face, make_image):
    # A tenth of the first is in the image: no region overlaps it by more than a tenth.
    image = make_image(make_face(-90, 50, 10, 150), make_face(-40, 50, 60, 150))
    drawing = sampler([image])
    assert drawing.faces == [(0, 1)]
    for region in regions_of(drawing, "face", 20):
        assert region.face == 1
        assert region.overlap > OverlapRules().landmarks


def test_a_set_of_no_weight_gives_neither_faces_nor_hard_negatives(make_face, make_image):
    images = [make_image(make_face(20, 20, 80, 80), source=s) for s in ("a", "b")]
    drawing = sampler(images, set_weights={"a": 0.0})
    for kind in ("face", "hard_negative"):
        assert {region.image for region in regions_of(drawing, kind, 20)} == {1}
    with pytest.raises(UserError, match="no regions of the requested kinds"):
        sampler(images, shares={"face": 1.0}, set_weights={"a": 0.0, "b": 0.0})


def test_proposals_have_their_share(images):
    def share_proposed(kind, share, proposals):
        drawn = regions_of(sampler(images, proposals, proposal_share=share), kind, 60)
        return np.mean([region.proposed for region in drawn if region.image in proposals])

    for kind in KINDS:
        proposals = {1: PROPOSALS[-1:] - 100} if kind == "background" else {0: PROPOSALS}
        assert share_proposed(kind, 0.0, proposals) == 0
        assert share_proposed(kind, 1.0, proposals) == 1
        assert share_proposed(kind, 0.5, proposals) == pytest.approx(0.5, abs=0.3)


def test_proposals_are_sorted_by_overlap(images):
    drawn_from = sampler(images, {0: PROPOSALS}, proposal_share=1.0)
    drawn = [r for r in regions_of(drawn_from, "face", 100) if r.image == 0]
    assert {region.box_xyxy[2] - 100 for region in drawn} == {80, 70, 60, 40, 32}
    hard = [r for r in regions_of(drawn_from, "hard_negative", 100) if r.image == 0]
    assert {region.box_xyxy[2] - 100 for region in hard} == {16}


def test_proposals_are_rounded_cut_and_never_doubled(make_face, make_image):
    image = make_image(make_face(200, 100, 300, 200))
    proposals = np.array([[200.2, 99.8, 330, 240], [199.9, 100.1, 300, 200], [200, 100, 300, 200]])
    drawn_from = sampler([image], {0: proposals}, proposal_share=1.0)
    assert {as_tuple(region) for region in regions_of(drawn_from, "face", 20)} == {
        (0, 200, 100, 300, 200, 0, 1.0, True)
    }


def test_images_without_proposals_are_accepted(images):
    drawn_from = sampler(images, {0: np.zeros((0, 4), np.float32)}, proposal_share=1.0)
    assert not any(region.proposed for region in regions_of(drawn_from, "face", 20))


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_generator_draws_the_same(images, kind):
    first, again, other = (
        [as_tuple(region) for region in regions_of(sampler(images, {0: PROPOSALS}), kind, 20, seed)]
        for seed in (4, 4, 5)
    )
    assert first == again
    assert first != other


def test_a_draw_does_not_depend_on_earlier_ones(images):
    used = sampler(images, {0: PROPOSALS})
    regions_of(used, "face", 30, seed=9)
    fresh = sampler(images, {0: PROPOSALS})
    for kind in KINDS:
        after, alone = (regions_of(each, kind, 5, seed=1) for each in (used, fresh))
        assert [*map(as_tuple, after)] == [*map(as_tuple, alone)]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (10, {"face": 6, "hard_negative": 2, "background": 2}),
        (32, {"face": 19, "hard_negative": 7, "background": 6}),  # up to 19.2, 25.6 and 32
        (3, {"face": 1, "hard_negative": 1, "background": 1}),
        (1, {"face": 1}),
        (0, {}),
    ],
)
def test_shares_are_rounded_and_add_up(images, count, expected):
    shares = {"face": 0.6, "hard_negative": 0.2, "background": 0.2}
    kinds = sampler(images, shares=shares).kinds(count)
    assert Counter(kinds) == expected
    assert len(kinds) == count


def test_a_small_share_has_a_region_in_every_batch(images):
    shares = {"face": 0.9, "hard_negative": 0.08, "background": 0.02}
    kinds = sampler(images, shares=shares).kinds(16)
    assert Counter(kinds) == {"face": 13, "hard_negative": 2, "background": 1}  # from 14, 2, 0


def test_the_regions_of_tiny_batches_are_of_all_kinds(images):
    rng, shares = np.random.default_rng(0), {"face": 0.6, "hard_negative": 0.2, "background": 0.2}
    drawn = [r for _ in range(100) for r in sampler(images, shares=shares).sample(1, rng)]
    faces = sum(region.overlap > OverlapRules().landmarks for region in drawn)
    assert 45 < faces < 75


def test_shares_need_not_add_up_to_one(images):
    kinds = sampler(images, shares={"face": 3, "background": 1}).kinds(8)
    assert Counter(kinds) == {"face": 6, "background": 2}


def test_missing_kinds_are_replaced_by_the_others(images):
    crowd, no_faces, _ = images
    without_background = sampler([crowd], shares={"face": 3, "hard_negative": 1, "background": 4})
    assert Counter(without_background.kinds(8)) == {"face": 6, "hard_negative": 2}
    assert Counter(sampler([no_faces]).kinds(8)) == {"background": 8}


def test_images_without_the_requested_kinds_are_a_user_error(images):
    crowd, no_faces, _ = images
    for given, shares in [
        ([no_faces], {"face": 1, "hard_negative": 1}),
        ([crowd], {"background": 1}),
        ([crowd], {"face": 0, "background": 1}),
        ([], EQUAL),
    ]:
        with pytest.raises(UserError, match="no regions of the requested kinds"):
            sampler(given, shares=shares)


def test_an_impossible_hard_negative_is_replaced_by_background(make_face, make_image, images):
    # On a face of 12 pixels that fills its image a box of the least size cannot be drawn.
    full = make_image(make_face(0, 0, 12, 12), width=12, height=12)
    faces = regions_of(sampler([full]), "hard_negative", 2)
    assert all(region.overlap > RULES.landmarks for region in faces)
    background = regions_of(sampler([full, images[1]]), "hard_negative", 2)
    assert all(region.overlap == 0 for region in background)


def test_data_sets_are_drawn_by_their_weights(images):
    def by_set(weights):
        drawn = regions_of(sampler(images, set_weights=weights), "face", 150)
        return Counter(images[region.image].source for region in drawn)

    plain = by_set({})
    assert plain["crowd"] / 150 == pytest.approx(1 / 3, abs=0.1)  # one face of three
    heavy = by_set({"crowd": 6.0})
    assert heavy["crowd"] / 150 == pytest.approx(6 / (6 + 1 + 1), abs=0.12)
    assert by_set({"crowd": 0.0})["crowd"] == 0


def test_best_proposal_by_hand(images):
    drawn_from = sampler(images, {0: PROPOSALS[[3, 1, 2]], 2: PROPOSALS[-1:]})
    best = drawn_from.best_proposal(0, 0)
    assert as_tuple(best) == (0, 100, 50, 170, 130, 0, 70 / 80, True)
    assert drawn_from.best_proposal(2, 0) is None
    # An overlap of just a half is no face: the cut-off is exclusive.
    assert sampler(images, {0: PROPOSALS[[3]]}).best_proposal(0, 0) is None


def test_proposals_are_counted_by_kind(images):
    # In the crowd, what hardly touches the face (4/80, 0) may be somebody else's.
    drawn_from = sampler(images, {0: PROPOSALS, 1: PROPOSALS[-1:] - 100})
    assert drawn_from.proposed() == {"face": 5, "hard_negative": 1, "background": 1}
    assert sampler(images).proposed() == dict.fromkeys(KINDS, 0)


def test_half_of_the_background_is_mined_where_there_is_any(images):
    plain = sampler(images)
    mined = regions_of(plain, "background", count=2, seed=9)
    drawn_from = plain.with_mined({"background": mined})
    known = {as_tuple(region) for region in mined}
    drawn = regions_of(drawn_from, "background", count=400)
    share = sum(as_tuple(region) in known for region in drawn) / 400
    assert 0.4 < share < 0.6
    assert not any(as_tuple(region) in known for region in regions_of(plain, "background", 400))
    same = [
        regions_of(which, "background", 40, seed=1)
        for which in (plain, plain.with_mined({"background": []}))
    ]
    assert [as_tuple(r) for r in same[0]] == [as_tuple(r) for r in same[1]]
