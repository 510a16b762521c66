import numpy as np
from PIL import Image

from hyperface.evaluation.fddb_scores import Roc
from hyperface.evaluation.precision_recall import precision_recall
from hyperface.visualization.evaluation_curves import (
    cumulative,
    draw_cumulative_errors,
    draw_precision_recall,
    draw_roc,
)

NAN = float("nan")


def test_cumulative_errors_have_the_values_worked_out_by_hand():
    errors, shares = cumulative(np.array([0.02, 0.05, np.inf, 0.1]))
    at = dict(zip(errors.round(2), shares, strict=True))
    assert [at[x] for x in (0, 1.95, 2.0, 5.0, 9.9, 10.0, 15.0)] == [0, 0, 25, 50, 50, 75, 75]
    assert np.isnan(cumulative(np.zeros(0))[1]).all()


def test_every_curve_is_written_as_an_image(tmp_path):
    curve = precision_recall(np.array([0.9, 0.5]), np.array([True, False]), 2)
    draw_precision_recall(curve, tmp_path / "a.png")
    draw_precision_recall(precision_recall(np.zeros(0), np.zeros(0), 2), tmp_path / "b.png")
    draw_roc(
        Roc(np.array([0, 3]), np.array([0.2, 0.4]), np.array([0.1, 0.3]), 5), tmp_path / "c.png"
    )
    draw_roc(Roc(np.zeros(0, int), np.zeros(0), np.zeros(0), 5), tmp_path / "d.png")
    errors, baseline = np.array([0.02, NAN, NAN]), np.array([0.1, 0.2, NAN])
    draw_cumulative_errors(errors, baseline, np.isfinite(baseline), tmp_path / "e.png")
    for path in tmp_path.iterdir():
        with Image.open(path) as image:
            assert min(image.size) > 300
    assert len(list(tmp_path.iterdir())) == 5
