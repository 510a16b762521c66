from hyperface.images.joining import Joined


def test_what_is_joined_through_others_has_one_root():
    things = Joined(6)
    assert [things.root(thing) for thing in range(6)] == list(range(6))
    things.join(0, 3)
    things.join(5, 4)
    things.join(3, 5)
    together = {things.root(thing) for thing in (0, 3, 4, 5)}
    assert len(together) == 1 and together <= {0, 3, 4, 5}
    assert things.root(1) == 1
    assert things.root(2) == 2
    things.join(0, 4)  # already together
    assert {things.root(thing) for thing in (0, 3, 4, 5)} == together
