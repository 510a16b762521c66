from hyperface.job.data import count


def test_counts_go_by_data_set(pictures):
    assert count(pictures(helen=[1, 1], bare=[0, 0, 0], afw=[3])) == {
        "afw": (1, 3),
        "bare": (3, 0),
        "helen": (2, 2),
    }
    assert count([]) == {}
