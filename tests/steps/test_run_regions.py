from hyperface.steps.run_regions import spread


def test_searched_images_are_bounded_in_every_set(images):
    many = images(big=[1] * 50, small=[1] * 3)
    chosen = spread(many, 10, seed=1)
    assert chosen == sorted(set(chosen))
    assert sum(index < 50 for index in chosen) == 10
    assert [index for index in chosen if index >= 50] == [50, 51, 52]


def test_they_follow_from_the_seed(images):
    many = images(big=[1] * 50)
    assert spread(many, 10, seed=1) == spread(many, 10, seed=1)
    assert spread(many, 10, seed=1) != spread(many, 10, seed=2)
    assert spread(many, 0, seed=1) == []
