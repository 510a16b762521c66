"""The training loop on a network of a few dozen weights."""

import csv
import math
from functools import partial

import keras
import numpy as np
import pytest
from eager import without_tracing
from training_defaults import optimization

from hyperface.errors import UserError
from hyperface.models.weights import load_weights
from hyperface.training import loop
from hyperface.training.checkpoints import load_checkpoint
from hyperface.training.epoch_zero import START_KEPT_WARNING, start_is_best
from hyperface.training.loop import BEST_WEIGHTS, freeze, train
from hyperface.utils.files import sha256_of

EPOCHS = 3
VALIDATION = 99  # the epoch whose batches are never trained on


def silent(line):
    """Hears and says nothing."""


def rows_of(folder):
    with (folder / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def but_seconds(history):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in history]


def state_of(path):
    """The content of a checkpoint: its variables, in order."""
    import h5py

    with h5py.File(path) as file:
        return [np.asarray(file[str(number)]) for number in range(len(file))]


@pytest.fixture
def untraced():
    """Trains without tracing a graph, which takes longer than a few batches of these networks."""
    with without_tracing():
        yield


@pytest.fixture(scope="module")
def whole(tiny, batches, tmp_path_factory):
    """A training of three epochs that nothing disturbed: model, history, folder, what it said."""
    folder, said = tmp_path_factory.mktemp("whole"), []
    model = tiny()
    history = train(model, batches, batches(VALIDATION), EPOCHS, folder, said.append)
    return model, history, folder, said


@pytest.mark.slow
def test_one_row_an_epoch_in_memory_and_on_disk(whole):
    _, history, folder, _ = whole
    start, *history = history
    assert [row["epoch"] for row in history] == [1, 2, 3]
    expected = {"epoch", "seconds", "learning_rate"}
    for side in ("", "val_"):
        expected |= {f"{side}{name}" for name in ("loss", "detection_loss", "detection_accuracy")}
        expected |= {f"{side}{name}" for name in ("pose_loss", "pose_degrees")}
    for row in history:
        assert set(row) == expected
        assert all(math.isfinite(value) for value in row.values())
    assert set(start) == {"epoch", "seconds", *(name for name in expected if "val_" in name)}
    assert start["epoch"] == 0
    first, *stored = rows_of(folder)
    assert [{k: float(v) for k, v in row.items()} for row in stored] == history
    assert {k: float(v) for k, v in first.items() if v} == start
    assert [row["epoch"] for row in stored] == ["1", "2", "3"]


@pytest.mark.slow
def test_the_rate_follows_the_schedule_over_all_epochs(whole):
    _, history, _, _ = whole
    # 16 steps were announced, 1 of them to rise; 4 steps an epoch.
    expected = [0.005 * (1 + math.cos(math.pi * (4 * n - 1) / 15)) for n in (1, 2, 3)]
    assert [row["learning_rate"] for row in history[1:]] == pytest.approx(expected, rel=1e-4)


@pytest.mark.slow
def test_every_epoch_logs_a_line(whole):
    _, history, _, said = whole
    start, *epochs = said
    assert start == f"validation loss before the training: {history[0]['val_loss']:.4f}"
    assert len(epochs) == EPOCHS
    assert epochs[1].startswith(f"epoch 2/3, loss {history[2]['loss']:.4f}")
    assert "pose degrees" in epochs[1]


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
def test_a_metric_without_labels_is_nan(tiny, batches, tmp_path, said):
    def without_pose(number, inputs, targets):
        targets["pose"][..., 1] = 0

    def unlabeled(epoch):
        return batches(epoch, change=without_pose)

    history = train(tiny(), unlabeled, unlabeled(VALIDATION), 1, tmp_path, said[1])
    assert "pose degrees -," in said[0][1]
    start, row = rows_of(tmp_path)
    assert start["val_pose_degrees"] == start["pose_degrees"] == ""
    assert row["pose_degrees"] == row["val_pose_degrees"] == ""
    assert float(row["val_pose_loss"]) == 0
    assert math.isnan(history[0]["val_pose_degrees"])
    assert math.isnan(history[1]["val_pose_degrees"])
    for path in tmp_path.glob("*.json"):
        assert "NaN" not in path.read_text()
    again = train(tiny(), unlabeled, unlabeled(VALIDATION), 1, tmp_path, silent)
    assert math.isnan(again[1]["val_pose_degrees"])
    assert math.isfinite(again[1]["val_detection_accuracy"])


@pytest.mark.slow
def test_a_training_killed_in_an_epoch_resumes_to_the_same_bits(
    whole, tiny, batches, tmp_path, said
):
    """Its first epoch is trained anew, from the same seed."""

    def power_cut(number, inputs, targets):
        if number == 2:
            raise RuntimeError("power cut")

    def cut_in_the_second_epoch(epoch):
        return batches(epoch, change=power_cut if epoch == 1 else None)

    with pytest.raises(Exception, match="power cut"):
        train(tiny(), cut_in_the_second_epoch, batches(VALIDATION), EPOCHS, tmp_path, silent)
    assert [row["epoch"] for row in rows_of(tmp_path)] == ["0", "1"]

    asked = []

    def remembered(epoch):
        asked.append(epoch)
        return batches(epoch)

    resumed = tiny(seed=123)  # what it starts from must not matter
    history = train(resumed, remembered, batches(VALIDATION), EPOCHS, tmp_path, said[1])
    model, undisturbed, folder, _ = whole
    assert [row["epoch"] for row in history] == [0, 1, 2, 3]
    assert asked == [1, 2], "the finished epoch is not done again"
    assert any("after epoch 1 of 3" in line for line in said[0])
    assert but_seconds(history) == but_seconds(undisturbed)
    assert [row["epoch"] for row in rows_of(tmp_path)] == ["0", "1", "2", "3"]
    for ours, theirs in zip(resumed.get_weights(), model.get_weights(), strict=True):
        assert np.array_equal(ours, theirs)
    # The optimizer, the moving averages and dropout's generator too.
    for ours, theirs in zip(
        state_of(tmp_path / "epoch-00003.h5"), state_of(folder / "epoch-00003.h5"), strict=True
    ):
        assert np.array_equal(ours, theirs)


@pytest.mark.slow
def test_a_finished_training_is_loaded_not_done_again(whole, tiny, batches):
    model, history, folder, _ = whole

    def none(epoch):
        raise AssertionError("trained again")

    other = tiny(seed=5)
    assert train(other, none, batches(VALIDATION), EPOCHS, folder, silent) == history
    pairs = zip(other.get_weights(), model.get_weights(), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.slow
def test_a_damaged_checkpoint_loses_one_epoch_and_no_row(whole, tiny, batches, tmp_path, said):
    model, history, folder, _ = whole
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    newest = tmp_path / "epoch-00003.h5"
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    other = tiny(seed=5)
    again = train(other, batches, batches(VALIDATION), EPOCHS, tmp_path, said[1])
    assert "epoch-00003" in said[0][0]
    assert "after epoch 2 of 3" in said[0][1]
    assert but_seconds(again) == but_seconds(history)
    assert len(rows_of(tmp_path)) == 1 + EPOCHS
    pairs = zip(other.get_weights(), model.get_weights(), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.slow
def test_a_kill_before_the_last_rows_are_written_loses_none(whole, tiny, batches, tmp_path):
    _, history, folder, _ = whole
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    # As a kill between the last checkpoint and history.csv leaves it.
    loop.write_history(tmp_path / "history.csv", history[:-1])
    train(tiny(), batches, batches(VALIDATION), EPOCHS, tmp_path, silent)
    assert [row["epoch"] for row in rows_of(tmp_path)] == ["0", "1", "2", "3"]


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["changed byte", "cut short"])
def test_damaged_best_weights_are_reported(whole, tiny, batches, tmp_path, damage):
    """Bytes change between two starts of a run that was nearly done."""
    model, _, folder, _ = whole
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    best = tmp_path / BEST_WEIGHTS
    content = bytearray(best.read_bytes())
    if damage == "cut short":
        content = content[: len(content) // 2]
    else:
        kernel = np.asarray(model.get_layer("fc").kernel).tobytes()
        content[content.index(kernel) + 3] ^= 0x20
    best.write_bytes(content)
    said = []
    other = tiny(seed=5)
    try:
        train(other, batches, batches(VALIDATION), EPOCHS, tmp_path, said.append)
    except UserError as error:
        said.append(str(error))
    assert any(BEST_WEIGHTS in line or "best" in line for line in said), said
    changed = np.asarray(other.get_layer("fc").kernel)
    assert np.abs(changed).max() < 100, "weights that nobody trained are in the network"


# --- What is not finite ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
def test_a_loss_that_is_not_finite_stops_and_names_the_batch(tiny, batches, tmp_path, said):
    def spoil(number, inputs, targets):
        if number == 2:
            targets["pose"][0, 0, 0] = np.nan

    def not_finite_in_the_second_epoch(epoch):
        return batches(epoch, change=spoil if epoch == 1 else None)

    validation = batches(VALIDATION)
    with pytest.raises(UserError, match="batch 3 of epoch 2") as caught:
        train(tiny(), not_finite_in_the_second_epoch, validation, EPOCHS, tmp_path, silent)
    assert str(tmp_path) in str(caught.value), "says where the last good one is"
    assert [row["epoch"] for row in rows_of(tmp_path)] == ["0", "1"]
    model = tiny(seed=9)
    assert load_checkpoint(tmp_path, model, said[1]).epochs == 1
    assert all(np.isfinite(weight).all() for weight in model.get_weights())
    assert not said[0]


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
def test_a_weight_that_is_not_finite_is_noticed_though_the_loss_is(tiny, batches, tmp_path):
    """The moving variance plays no part in training, so the loss stays finite."""
    model = tiny()
    variance = model.get_layer("fc_batch_norm").moving_variance

    def spoil(epoch):
        if epoch == 1:
            variance.assign(np.full(variance.shape, np.nan))
        return batches(epoch)

    with pytest.raises(UserError, match=r"moving_variance of epoch 2"):
        train(model, spoil, batches(VALIDATION), EPOCHS, tmp_path, silent)
    assert [row["epoch"] for row in rows_of(tmp_path)] == ["0", "1"]
    reader = tiny(seed=9)
    assert load_checkpoint(tmp_path, reader, silent).epochs == 1
    assert all(np.isfinite(weight).all() for weight in reader.get_weights())
    load_weights(reader, tmp_path / BEST_WEIGHTS)
    assert all(np.isfinite(weight).all() for weight in reader.get_weights())


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
def test_a_validation_loss_that_is_not_finite_stops_too(tiny, batches, tmp_path):
    """Else no later epoch is ever better than it, and the best weights are never kept."""

    def spoil(number, inputs, targets):
        targets["pose"][0, 0, 0] = np.inf

    with pytest.raises(UserError, match="validation"):
        train(tiny(), batches, batches(VALIDATION, change=spoil), 2, tmp_path, silent)


# --- The best epoch -------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_best_epoch_by_validation_loss_is_loaded_not_the_last(tiny, batches, tmp_path):
    """From the second epoch on, it is trained on angles that are wrong by 3 radians."""

    def wrong(number, inputs, targets):
        targets["pose"][..., 0] += 3

    def worse_later(epoch):
        return batches(epoch, count=60, change=wrong if epoch else None)

    model = tiny(dropout=0.0, schedule="constant", learning_rate=0.005)
    validation = batches(VALIDATION)
    history = train(model, worse_later, validation, EPOCHS, tmp_path, silent)
    start, *losses = (row["val_loss"] for row in history)
    assert losses[0] == min(start, *losses)
    assert losses[0] < losses[-1] / 2
    evaluated = model.evaluate(validation, verbose=0, return_dict=True)
    assert evaluated["loss"] == pytest.approx(losses[0], rel=1e-5)
    kept = tiny(seed=8)
    load_weights(kept, tmp_path / BEST_WEIGHTS)
    pairs = zip(kept.get_weights(), model.get_weights(), strict=True)
    assert all(np.array_equal(a, b) for a, b in pairs)


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
def test_the_start_is_kept_with_a_message_if_no_epoch_is_better(tiny, batches, tmp_path, said):
    """A network that knows the angles is trained on angles that are wrong by 3 radians."""

    def wrong(number, inputs, targets):
        targets["pose"][..., 0] += 3

    model = tiny(dropout=0.0, schedule="constant", learning_rate=0.05)
    validation = batches(VALIDATION)
    train(model, batches, validation, 1, tmp_path / "first", silent)
    known = [np.array(weight) for weight in model.get_weights()]
    history = train(
        model, lambda epoch: batches(epoch, change=wrong), validation, 2, tmp_path, said[1]
    )
    assert [row["epoch"] for row in history] == [0, 1, 2]
    assert history[0]["val_loss"] < min(row["val_loss"] for row in history[1:])
    assert said[0][-1] == START_KEPT_WARNING
    for ours, theirs in zip(model.get_weights(), known, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    resumed = tiny(seed=4, dropout=0.0, schedule="constant", learning_rate=0.05)
    assert train(resumed, batches, validation, 2, tmp_path, said[1]) == history
    assert said[0][-1] == START_KEPT_WARNING


@pytest.mark.parametrize(
    ("losses", "best"),
    [
        ({0: 1.0, 1: 2.0}, True),
        ({0: 1.0, 1: 2.0, 2: 0.9}, False),
        ({0: 1.0, 1: 1.0}, False),  # the later one, as of all epochs
        ({1: 1.0, 2: 2.0}, False),  # a run of an earlier version
        ({0: 1.0}, False),
        ({}, False),
    ],
)
def test_the_start_is_best_where_its_loss_is_the_lowest(losses, best):
    rows = [{"epoch": epoch, "val_loss": loss} for epoch, loss in losses.items()]
    assert start_is_best(rows) == best


# --- Images that vanish -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("validating", [False, True])
def test_an_image_that_vanishes_is_one_sentence(tiny, batches, tmp_path, validating):
    """A background thread meets it, and Keras wraps what it raises."""

    def vanish(number, inputs, targets):
        if number == 3:
            raise UserError("faces/x.jpg changed since the run began.")

    feeds = {True: batches(VALIDATION, change=vanish), False: batches(VALIDATION)}
    with pytest.raises(UserError, match=r"^faces/x\.jpg changed"):
        train(
            tiny(),
            lambda epoch: batches(epoch, change=None if validating else vanish),
            feeds[validating],
            EPOCHS,
            tmp_path,
            silent,
        )


# --- Compiling and freezing -----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
def test_columns_of_a_network_with_one_head_bear_its_name_too(tiny, batches, tmp_path):
    def detection(epoch):
        return batches(epoch, count=2, tasks=("detection",))

    model = tiny(tasks=("detection",))
    history = train(model, detection, detection(VALIDATION), 1, tmp_path, silent)
    names = {"loss", "detection_accuracy", "val_loss", "val_detection_accuracy"}
    assert names <= set(history[1])


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
def test_frozen_layers_stay_as_they_are(tiny, batches, tmp_path):
    model = tiny()
    freeze(model, ["fc"])
    loop.compile_tasks(model, {"detection": 1.0, "pose": 5.0}, optimization(weight_decay=0.1), 8)
    frozen = [*model.get_layer("fc").weights, *model.get_layer("fc_batch_norm").weights]
    before = [np.array(weight) for weight in frozen]
    head = np.array(model.get_layer("pose").kernel)
    train(model, batches, batches(VALIDATION), 1, tmp_path, silent)
    assert all(np.array_equal(a, np.array(b)) for a, b in zip(before, frozen, strict=True))
    assert not np.array_equal(head, np.array(model.get_layer("pose").kernel))


def test_freezing_takes_the_batch_normalization_along(tiny):
    model = tiny()
    freeze(model, ("fc",))
    assert [x.name for x in model.layers if not x.trainable] == ["fc", "fc_batch_norm"]
    freeze(model, ())


def test_freezing_an_unknown_layer_names_those_there_are(tiny):
    model = tiny()
    with pytest.raises(UserError, match=r"conv9.*fc, fc_batch_norm, detection, pose"):
        freeze(model, ["fc", "conv9"])
    assert all(layer.trainable for layer in model.layers), "nothing is frozen by halves"


def test_losses_weights_and_metrics_go_by_task(tiny):
    config = tiny()._compile_config.config
    assert set(config["loss"]) == {"detection", "pose"}
    assert config["loss_weights"] == {"detection": 1.0, "pose": 5.0}


def test_history_is_written_anew_each_time(tmp_path):
    path = tmp_path / "history.csv"
    rows = [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}]
    loop.write_history(path, rows[:1])
    loop.write_history(path, rows)
    first = sha256_of(path)
    loop.write_history(path, rows)
    assert path.read_text().splitlines() == ["epoch,loss", "1,0.5", "2,0.25"]
    assert sha256_of(path) == first
    assert [x.name for x in tmp_path.iterdir()] == ["history.csv"]


@pytest.mark.slow
def test_a_trained_network_saved_as_keras_is_loaded_compiled(tmp_path, tiny, batches):
    model = tiny()
    model.fit(batches(0), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    inputs, _ = batches(1)[0]
    expected = model.predict(inputs, verbose=0)
    for task, values in loaded.predict(inputs, verbose=0).items():
        np.testing.assert_allclose(values, expected[task], rtol=1e-6)
    evaluated, again = (each.evaluate(batches(1), verbose=0) for each in (model, loaded))
    np.testing.assert_allclose(again, evaluated, rtol=1e-5)


class Recorded(keras.callbacks.Callback):
    """Keeps the trained weights after each batch."""

    def __init__(self):
        super().__init__()
        self.steps = []

    def on_train_batch_end(self, batch, logs=None):
        self.steps.append([np.array(weight) for weight in self.model.trainable_variables])


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
def test_the_last_epoch_can_be_kept_whatever_its_loss(tiny, batches, tmp_path, said):
    def worse(epoch):  # whose targets are the opposite of the validation's
        def turned(number, inputs, targets):
            targets["detection"][..., 0] = 1 - targets["detection"][..., 0]

        return batches(epoch, change=turned if epoch else None)

    losses = {}
    for name, keep_last in (("best", False), ("last", True)):
        model, folder = tiny(learning_rate=0.1), tmp_path / name
        history = train(model, worse, batches(VALIDATION), 2, folder, silent, keep_last=keep_last)
        losses[name] = model.evaluate(batches(VALIDATION), verbose=0)[0]
    validated = [row["val_loss"] for row in history]
    assert validated[-1] > min(validated)
    assert losses["best"] == pytest.approx(min(validated), rel=1e-4)
    assert losses["last"] == pytest.approx(validated[-1], rel=1e-4)


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
def test_averages_are_validated_and_stored_while_the_weights_train_on(tiny, batches, tmp_path):
    plain, averaged, recorded = tiny(), tiny(ema_momentum=0.5), Recorded()
    for model, name, callbacks in ((plain, "plain", [recorded]), (averaged, "averaged", [])):
        train(model, batches, batches(VALIDATION), 2, tmp_path / name, silent, callbacks)

    states = [state_of(tmp_path / name / "epoch-00002.h5") for name in ("plain", "averaged")]
    for ours, theirs in zip(*(state[: len(plain.variables)] for state in states), strict=True):
        np.testing.assert_array_equal(ours, theirs)

    expected = recorded.steps[0]
    for step in recorded.steps[1:]:
        expected = [(mean + new) / 2 for mean, new in zip(expected, step, strict=True)]
    history = [float(row["val_loss"]) for row in rows_of(tmp_path / "averaged")]
    assert history[1] < history[0]  # so that the last epoch's averages are the best
    for weight, mean in zip(averaged.trainable_variables, expected, strict=True):
        np.testing.assert_allclose(weight, mean, atol=1e-6)


@pytest.mark.slow
@pytest.mark.usefixtures("untraced")
def test_a_resumed_training_averages_as_one_that_was_not_stopped(tiny, batches, tmp_path):
    def trained(folder, epochs):
        model = tiny(ema_momentum=0.9)
        few, validation = partial(batches, count=2), batches(VALIDATION, count=2)
        train(model, few, validation, epochs, tmp_path / folder, silent, keep_last=True)
        return model.get_weights()

    whole = trained("whole", 3)
    trained("cut", 1)
    for ours, theirs in zip(whole, trained("cut", 3), strict=True):
        np.testing.assert_array_equal(ours, theirs)
