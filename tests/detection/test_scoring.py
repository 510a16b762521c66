import keras
import numpy as np
import pytest

from hyperface.detection.region_predictions import RegionPredictions
from hyperface.detection.scoring import SIZES, RegionScorer, run_searches, score_regions
from hyperface.errors import UserError
from hyperface.regions.cropping import crop_region


class MeanColour:
    """Stands in for the network: its answers are made of the crop's mean color."""

    def __init__(self):
        self.sizes = []

    def predict_on_batch(self, crops):
        self.sizes.append(len(crops))
        mean = crops.reshape(len(crops), -1).mean(1, keepdims=True) / 255
        return {
            "detection": np.hstack([1 - mean, mean]),
            "landmarks": np.tile(mean - 0.5, (1, 42)),
            "visibility": np.tile(mean, (1, 21)),
            "pose": np.tile(mean, (1, 3)),
            "gender": np.hstack([mean, 1 - mean]),
        }


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)


def test_regions_are_cut_as_in_training_and_kept_in_order(image):
    regions = np.array([[n, 2 * n, n + 20, 2 * n + 15] for n in range(10)])
    network = MeanColour()
    predictions = RegionScorer(network, image, batch=4)(regions)
    assert network.sizes == [4, 4, 2]
    expected = [crop_region(image, region).mean() / 255 for region in regions]
    np.testing.assert_allclose(predictions.scores, expected)
    np.testing.assert_allclose(predictions.female_probabilities, 1 - np.array(expected))
    np.testing.assert_array_equal(predictions.regions_xyxy, regions)
    assert predictions.landmarks.shape == (10, 21, 2)


def test_no_regions(image):
    network = MeanColour()
    assert len(RegionScorer(network, image)(np.zeros((0, 4), int))) == 0
    assert network.sizes == []


def test_each_region_is_scored_once_and_the_order_is_kept(image):
    network = MeanColour()
    scorer = RegionScorer(network, image)
    first, second, third = [0, 0, 9, 9], [1, 0, 9, 9], [2, 0, 9, 9]
    predictions = scorer(np.array([first, second, first]))
    assert predictions.regions_xyxy.tolist() == [first, second, first]
    assert predictions.scores[0] == predictions.scores[2] != predictions.scores[1]
    assert scorer(np.array([third, first])).regions_xyxy.tolist() == [third, first]
    assert network.sizes == [2, 1]


def test_regions_of_several_images_share_batches(image):
    network = MeanColour()
    first, second = RegionScorer(network, image, batch=4), RegionScorer(network, 255 - image, 4)
    regions = np.array([[n, 0, n + 9, 9] for n in range(3)])
    second(regions[:1])
    one, other = score_regions([(first, regions), (second, regions)])
    assert network.sizes == [1, 4, 1]  # 3 of the first image and 2 new ones of the second
    assert (len(first), len(second)) == (3, 3)
    np.testing.assert_allclose(one.scores, RegionScorer(MeanColour(), image)(regions).scores)
    np.testing.assert_allclose(one.scores + other.scores, 1, atol=0.01)  # of the negative
    assert other.regions_xyxy.tolist() == regions.tolist()


def test_searches_side_by_side(image):
    def search(*numbers):
        asked = []
        for number in numbers:
            predictions = yield np.array([[number, 0, number + 9, 9]])
            asked.append(predictions.regions_xyxy[0, 0])
        return asked

    network = MeanColour()
    scorers = [RegionScorer(network, image) for _ in range(3)]
    found = run_searches([search(1, 2, 3), search(), search(4, 5)], scorers)
    assert found == [[1, 2, 3], [], [4, 5]]
    assert network.sizes == [2, 2, 1]


def test_a_batch_is_padded_to_one_of_a_few_sizes(image):
    network = MeanColour()
    for number in range(1, 67):
        regions = np.array([[n % 60, n // 60, 70, 50] for n in range(number)])
        RegionScorer(network, image, batch=66)(regions)
    assert set(network.sizes) <= {*SIZES, 65, 66}
    assert network.sizes[12] == 16


def test_landmarks_are_in_the_images_pixels():
    outputs = {
        "detection": np.array([[0.25, 0.75]]),
        "landmarks": np.zeros((1, 42)),
        "visibility": np.ones((1, 21)),
        "pose": np.zeros((1, 3)),
        "gender": np.array([[0.9, 0.1]]),
    }
    outputs["landmarks"][0, 2:4] = 0.5, -0.25
    predictions = RegionPredictions.from_outputs(outputs, np.array([[10, 20, 50, 100]]))
    assert predictions.landmarks[0, 0].tolist() == [30, 60]  # the region's center
    assert predictions.landmarks[0, 1].tolist() == [50, 40]
    assert (predictions.scores[0], predictions.female_probabilities[0]) == (0.75, 0.1)


@pytest.mark.slow
def test_a_keras_network_scores_any_number_of_regions(image):
    entrance = keras.Input((227, 227, 3))
    x = keras.layers.GlobalAveragePooling2D()(keras.layers.Rescaling(1 / 255)(entrance))
    sizes = {"detection": 2, "landmarks": 42, "visibility": 21, "pose": 3, "gender": 2}
    outputs = {task: keras.layers.Dense(size, name=task)(x) for task, size in sizes.items()}
    model = keras.Model(entrance, outputs)
    regions = np.array([[n, n, n + 20, n + 20] for n in range(7)])
    together = RegionScorer(model, image, batch=5)(regions)
    for row, region in enumerate(regions):
        alone = RegionScorer(model, image)(region[None])
        np.testing.assert_allclose(alone.landmarks[0], together.landmarks[row], atol=1e-4)
        np.testing.assert_allclose(alone.scores[0], together.scores[row], atol=1e-6)


@pytest.mark.parametrize("task", ["detection", "landmarks", "visibility", "pose", "gender"])
def test_a_prediction_that_is_not_finite_is_an_error_and_not_a_missing_face(image, task):
    class Spoilt(MeanColour):
        def predict_on_batch(self, crops):
            predictions = super().predict_on_batch(crops)
            predictions[task][0, -1] = np.nan
            return predictions

    with pytest.raises(UserError, match=rf"predictions \({task}\) are not finite"):
        RegionScorer(Spoilt(), image)(np.array([[0, 0, 20, 20]]))
    sound, spoilt = RegionScorer(Spoilt(), image, title="a"), RegionScorer(None, image, title="b")
    with pytest.raises(UserError, match=r"^a: The network"):
        score_regions([(sound, np.array([[0, 0, 20, 20]])), (spoilt, np.zeros((0, 4), int))])
