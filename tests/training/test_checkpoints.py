"""Checkpoints: the whole state, or the one before, and never a damaged one."""

import json
import resource

import h5py
import keras
import numpy as np
import pytest

from hyperface.training.checkpoints import (
    Progress,
    load_checkpoint,
    remove_checkpoints,
    save_checkpoint,
)


def row(epoch):
    return {"epoch": epoch, "loss": 1 / epoch, "val_loss": 2 / epoch}


def history(epochs):
    return [row(epoch) for epoch in range(1, epochs + 1)]


def fill(model, seed):
    """Gives every variable of network and optimizer a value of its own, without training."""
    model.optimizer.build(model.trainable_variables)
    rng = np.random.default_rng(seed)
    for variable in [*model.variables, *model.optimizer.variables]:
        kind = np.dtype(keras.backend.standardize_dtype(variable.dtype))
        if kind.kind in "iu":
            value = rng.integers(1, 1000, variable.shape)
        else:
            value = rng.normal(size=variable.shape)
        variable.assign(value.astype(kind) if variable.shape else kind.type(value))
    return model


def flip(path, at=0.5):
    content = bytearray(path.read_bytes())
    content[int(len(content) * at)] ^= 1
    path.write_bytes(content)


@pytest.fixture
def three_saved(tmp_path, tiny):
    """A folder after three epochs; epoch n's state is `fill(model, n)`."""
    model = tiny()
    for epoch in (1, 2, 3):
        save_checkpoint(tmp_path, fill(model, epoch), Progress(epoch, history(epoch)))
    return tmp_path


def assert_loads(folder, tiny, same_state, said, epoch):
    """The newest sound checkpoint is that of `epoch`, to the last bit."""
    model = tiny(seed=77)
    progress = load_checkpoint(folder, model, said[1])
    assert progress.epochs == epoch
    assert progress.history == history(epoch)
    assert same_state(model, fill(tiny(), epoch))


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_whole_state_is_restored(tmp_path, tiny, same_state, said, optimizer):
    model = fill(tiny(optimizer=optimizer), 5)
    save_checkpoint(tmp_path / "new", model, Progress(7, history(7)))
    other = tiny(seed=9, optimizer=optimizer)
    progress = load_checkpoint(tmp_path / "new", other, said[1])
    assert same_state(model, other)
    assert int(other.optimizer.iterations) == int(model.optimizer.iterations) > 0
    assert (progress.epochs, progress.history) == (7, history(7))
    assert not said[0]


def test_a_frozen_layer_is_part_of_the_state(tmp_path, tiny, same_state, said):
    models = [tiny(seed=n) for n in range(2)]
    for model in models:
        model.get_layer("fc").trainable = False
    save_checkpoint(tmp_path, fill(models[0], 1), Progress(1, history(1)))
    load_checkpoint(tmp_path, models[1], said[1])
    assert same_state(*models)


@pytest.mark.parametrize("folder", [".", "nowhere"])
def test_without_a_checkpoint_nothing_is_done(tmp_path, tiny, same_state, said, folder):
    model = tiny(seed=3)
    assert load_checkpoint(tmp_path / folder, model, said[1]) == Progress(0, [])
    assert not said[0]
    assert same_state(model, tiny(seed=3))


def test_the_newest_two_are_kept(three_saved, tiny, same_state, said):
    names = sorted(path.name for path in three_saved.iterdir())
    assert names == [f"epoch-0000{n}.{kind}" for n in (2, 3) for kind in ("h5", "json")]
    assert_loads(three_saved, tiny, same_state, said, 3)
    assert not said[0]


def test_order_is_by_number(tmp_path, tiny, said):
    model = tiny()
    for epoch in (9, 10, 11, 100):
        save_checkpoint(tmp_path, model, Progress(epoch, history(epoch)))
    assert load_checkpoint(tmp_path, model, said[1]).epochs == 100
    assert not (tmp_path / "epoch-00009.h5").exists()


def test_with_changed_bytes_the_checkpoint_before_is_used(three_saved, tiny, same_state, said):
    flip(three_saved / "epoch-00003.h5")
    assert_loads(three_saved, tiny, same_state, said, 2)
    assert len(said[0]) == 1
    assert "epoch-00003" in said[0][0]


@pytest.mark.parametrize("kept", [0, 1, 0.5, 0.99])
def test_a_json_cut_short_is_noticed(three_saved, tiny, same_state, said, kept):
    path = three_saved / "epoch-00003.json"
    content = path.read_bytes()
    path.write_bytes(content[: kept if kept == 1 else int(len(content) * kept)])
    assert_loads(three_saved, tiny, same_state, said, 2)
    assert "epoch-00003" in said[0][0]


@pytest.mark.parametrize("content", ["[]", "null", "3", '{"epochs": 3}', "\xff\xfe"])
def test_a_json_of_something_else_is_noticed(three_saved, tiny, same_state, said, content):
    (three_saved / "epoch-00003.json").write_bytes(content.encode("latin-1"))
    assert_loads(three_saved, tiny, same_state, said, 2)
    assert "epoch-00003" in said[0][0]


@pytest.mark.parametrize(
    ("old", "new"),
    [('"epochs": 3', '"epochs": 2'), ('"history"', '"histori"'), ('"epoch": 2', '"epoch": 0')],
)
def test_changed_bytes_in_the_json_are_noticed(three_saved, tiny, same_state, said, old, new):
    """Else epoch 3's weights would be trained again as epoch 3, and stand in two rows."""
    path = three_saved / "epoch-00003.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    assert_loads(three_saved, tiny, same_state, said, 2)
    assert "epoch-00003" in said[0][0]


def test_a_missing_state_is_noticed(three_saved, tiny, same_state, said):
    (three_saved / "epoch-00003.h5").unlink()
    assert_loads(three_saved, tiny, same_state, said, 2)
    assert "epoch-00003" in said[0][0]


def test_with_both_damaged_training_starts_over_with_a_line(three_saved, tiny, same_state, said):
    for epoch in (2, 3):
        flip(three_saved / f"epoch-0000{epoch}.h5", at=0.9)
    model = tiny(seed=3)
    assert load_checkpoint(three_saved, model, said[1]) == Progress(0, [])
    assert len(said[0]) == 2
    assert same_state(model, tiny(seed=3))


@pytest.mark.parametrize(
    "other", [{"units": 7}, {"tasks": ("detection",)}, {"optimizer": "adam"}], ids=str
)
def test_another_network_or_optimizer_is_refused_and_left_as_it_is(
    three_saved, tiny, same_state, said, other
):
    model = tiny(seed=4, **other)
    assert load_checkpoint(three_saved, model, said[1]) == Progress(0, [])
    assert "another network" in said[0][0]
    assert same_state(model, tiny(seed=4, **other))


def test_a_kill_before_the_json_leaves_the_one_before(three_saved, tiny, same_state, said):
    """The state of epoch 4 is there, and a half-written file beside it."""
    (three_saved / "epoch-00004.h5").write_bytes((three_saved / "epoch-00003.h5").read_bytes())
    (three_saved / ".aside-1234-epoch-00004.json").write_text('{"sha256"')
    (three_saved / ".aside-1234-epoch-00004.h5").write_bytes(b"half")
    assert_loads(three_saved, tiny, same_state, said, 3)
    assert not said[0]
    model = tiny()
    save_checkpoint(three_saved, fill(model, 4), Progress(4, history(4)))
    assert_loads(three_saved, tiny, same_state, said, 4)


def test_a_kill_between_state_and_json_of_an_epoch_done_again(three_saved, tiny, same_state, said):
    """Epoch 3's old JSON beside its new state: the checksum tells, epoch 2 is taken."""
    with h5py.File(three_saved / "epoch-00003.h5", "r+") as file:
        file["0"][...] = 0
    assert_loads(three_saved, tiny, same_state, said, 2)


def test_a_full_disk_leaves_the_checkpoints_before(
    three_saved, tiny, same_state, said, monkeypatch
):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(h5py.Group, "create_dataset", full)
        with pytest.raises(OSError, match="No space"):
            save_checkpoint(three_saved, tiny(), Progress(4, history(4)))
    assert_loads(three_saved, tiny, same_state, said, 3)
    assert not list(three_saved.glob("*00004*"))


def test_a_disk_too_small_for_a_checkpoint_is_one_error(three_saved, tiny, same_state, said):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            save_checkpoint(three_saved, tiny(), Progress(4, history(4)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert_loads(three_saved, tiny, same_state, said, 3)


def test_the_json_names_the_checksum_and_the_state_its_variables(three_saved):
    facts = json.loads((three_saved / "epoch-00003.json").read_text())["facts"]
    assert len(facts["sha256"]) == 64
    with h5py.File(three_saved / "epoch-00003.h5") as file:
        paths = [file[str(number)].attrs["path"] for number in range(len(file))]
    assert any("fc" in path and "kernel" in path for path in paths)
    assert any("momentum" in path for path in paths)


def test_a_finished_training_keeps_no_checkpoint_and_loses_nothing_else(three_saved):
    (three_saved / "history.csv").write_text("epoch\n1\n")
    (three_saved / "best.weights.h5").write_bytes(b"best")
    remove_checkpoints(three_saved)
    assert sorted(x.name for x in three_saved.iterdir()) == ["best.weights.h5", "history.csv"]
    remove_checkpoints(three_saved)
    remove_checkpoints(three_saved / "nowhere")
