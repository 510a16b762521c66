from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hyperface.annotations.record import AnnotatedImage, Face
from hyperface.regions.overlap import OverlapRules
from hyperface.regions.sampling import Jitter, RegionSampler
from hyperface.steps.run_regions import NO_BACKGROUND, choose_per_set, with_evaluated


def test_searched_images_are_bounded_in_every_set(images):
    many = images(big=[1] * 50, small=[1] * 3)
    chosen = choose_per_set(many, 10, seed=1)
    assert chosen == sorted(set(chosen))
    assert sum(index < 50 for index in chosen) == 10
    assert [index for index in chosen if index >= 50] == [50, 51, 52]


def test_the_searched_images_depend_on_the_seed(images):
    many = images(big=[1] * 50)
    assert choose_per_set(many, 10, seed=1) == choose_per_set(many, 10, seed=1)
    assert choose_per_set(many, 10, seed=1) != choose_per_set(many, 10, seed=2)
    assert choose_per_set(many, 0, seed=1) == []


@pytest.mark.parametrize("complete", [False, True])
def test_proposals_without_background_give_a_warning_with_advice(complete, told):
    """A proposal far from every face is background only where no other face can be."""
    face = Face(np.array([10.0, 10, 60, 60]))
    image = AnnotatedImage(Path("a.jpg"), "a.jpg", "set", 200, 200, (face,), complete)
    shares = {"face": 1 / 3, "hard_negative": 1 / 3, "background": 1 / 3}
    proposals = {0: np.array([[10, 10, 60, 60], [120, 120, 180, 180]])}
    sampler = RegionSampler([image], proposals, OverlapRules(), Jitter(0.5, 0.2, 0.2), shares)
    settings = SimpleNamespace(validation_regions=4, evaluation_regions=4, seed=1)
    with_evaluated(sampler, sampler, True, settings, told)
    assert (NO_BACKGROUND in told.lines) == (not complete)
