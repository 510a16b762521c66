"""What tests in several folders share."""

import gc
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings

# Machines that run tests are busy, so no deadlines; a test that uses `tmp_path` or another fixture
# overwrites its files for every example.
settings.register_profile(
    "hyperface", deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("hyperface")

# The files that take longest, the longest first: begun last, one of them would leave the other
# processes of `-n 2` idle.
LONGEST = (
    *("test_main.py", "test_backends.py", "test_experiments.py", "test_real_data.py"),
    *("test_packaging.py", "test_loop.py", "test_formats.py", "test_runtimes.py"),
    *("test_startup.py", "test_programs.py", "test_architectures.py", "test_resnet.py"),
    *("test_evaluate.py", "test_fast_proposals.py", "test_predict.py", "test_pretrained.py"),
    *("test_draw_figures.py", "test_matlab.py"),
)
SHARED_DATASETS = Path(__file__).resolve().parents[2] / "shared" / "datasets"


def pytest_collection_modifyitems(items):
    """Sorts the files by `LONGEST`; the order of the others, and within a file, stays."""
    ranks = {name: rank for rank, name in enumerate(LONGEST)}
    items.sort(key=lambda item: ranks.get(item.path.name, len(ranks)))


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """The garbage collector rests during the imports, and never looks at their objects again.

    They are hundreds of thousands, and none of them becomes garbage. Afterwards it works less often
    than usual: the tracing of a graph makes objects by the ten thousand, which stay, and slow tests
    end with a collection.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000)  # new objects, for Python's 700
        gc.enable()


@pytest.fixture(autouse=True)
def networks_are_freed(request):
    """Frees a slow test's networks: they hold each other, and are large for being few objects.

    Most slow tests build none, but read what a fixture made: then there is nothing to look for.
    """
    yield
    if request.node.get_closest_marker("slow"):
        new, collections, _ = gc.get_count()  # since everything was last looked at
        if collections or new > 1000:
            gc.collect()


@pytest.fixture(scope="session")
def shared_datasets() -> Path:
    """The folder of real data sets beside the project; tests that use it are extra."""
    if not SHARED_DATASETS.is_dir():
        pytest.skip("the real data sets, ../shared/datasets, are absent")
    return SHARED_DATASETS


@pytest.fixture(scope="session")
def untrained(tmp_path_factory) -> Path:
    """A folder with weights of HyperFace and of the proposal detector."""
    import keras

    from hyperface.models.proposal_detector import build_proposal_detector
    from hyperface.models.table import build_network
    from hyperface.models.weights import write_weights

    folder = tmp_path_factory.mktemp("weights")
    keras.utils.set_random_seed(3)
    narrow = build_network("hyperface", "none", width=0.125)
    write_weights(narrow, folder / "hyperface.weights.h5", {})
    proposing = build_proposal_detector()
    kernel, bias = proposing.get_layer("score").get_weights()
    proposing.get_layer("score").set_weights([kernel, 0 * bias])  # proposes everywhere
    write_weights(proposing, folder / "proposal_detector.weights.h5", {})
    return folder


@pytest.fixture(scope="session")
def small_network():
    """A network with a fusion and two heads, not trained."""
    import keras
    from keras import layers

    region = keras.Input((17, 17, 3), name="region")
    conv1 = layers.Conv2D(4, 3, strides=2, activation="relu", name="conv1")(region)  # 8 x 8
    conv2 = layers.Conv2D(6, 3, strides=2, activation="relu", name="conv2")(conv1)  # 3 x 3
    conv3 = layers.Conv2D(6, 3, padding="same", name="conv3")(conv2)
    conv1a = layers.Conv2D(2, 4, strides=2, name="conv1a")(conv1)  # 3 x 3
    x = layers.Flatten(name="flatten")(layers.Concatenate(name="concat")([conv1a, conv3]))
    outputs = {
        task: layers.Dense(n, name=task)(layers.Dense(5, name=f"fc_{task}")(x))
        for task, n in (("pose", 3), ("detection", 2))
    }
    return keras.Model(region, outputs, name="small")


@pytest.fixture
def told():
    """A step that keeps the lines that it is told."""
    lines = []
    return SimpleNamespace(lines=lines, log=lines.append)
