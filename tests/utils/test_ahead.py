import pytest

from hyperface.utils.ahead import map_ahead


@pytest.mark.parametrize("ahead", [1, 2, 5])
def test_a_few_are_made_ahead_but_not_all_at_once(ahead):
    made, taken, most_ahead = [], [], 0
    for item in map_ahead(lambda n: made.append(n) or n, range(20), ahead):
        taken.append(item)
        assert len(made) <= len(taken) + ahead
        most_ahead = max(most_ahead, len(made) - len(taken))
    assert taken == list(range(20))
    assert most_ahead >= 1


def test_an_error_is_raised_in_order():
    results = map_ahead(lambda n: 1 / n, [1, 2, 0], 2)
    assert [next(results), next(results)] == [1, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(results)
