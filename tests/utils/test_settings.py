import copy
import json
import pickle
import types

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hyperface.errors import UserError
from hyperface.utils.settings import Settings, differences, resolve

SOURCE = """
import math
from typing import Annotated, Literal
from annotated_types import Ge, Le
from hyperface.utils.setting_types import AnyName
EPOCHS: Annotated[int, Ge(1), Le(1000)] = 30
LEARNING_RATE: Annotated[float, Ge(0)] = 0.01
DATA = "data/sample"
MIRROR = True
LIMIT: int | None = None
NORMALIZATION: Literal["lrn", "batch", "none"] = "lrn"
VALIDATION_FRACTION: Annotated[float, Ge(0), Le(0.9)] = 0.2
FROZEN_LAYERS: tuple[Literal["conv1", "conv2", "conv3"], ...] = ()
SCALES = (0.5, 1)
STEPS = ((10, 0.1), (20, 0.01))
LOSS_WEIGHTS: dict[str, Annotated[float, Ge(0), Le(1e6)]] = {
    "landmarks": 5.0, "pose": 5, "gender": 2.0
}
IMAGES: dict[str, int] = {}
SETS: dict[AnyName, int] = {"people": 2}
_PRIVATE = 1
helper = 2
RULES = ((lambda s: s.EPOCHS != 13, "EPOCHS = 13 brings bad luck: take 12 or 14."),)
"""


def config(more: str = "") -> types.ModuleType:
    module = types.ModuleType("config")
    exec(SOURCE + more, vars(module))
    return module


def test_constants_are_the_settings():
    settings = resolve(config())
    assert settings.as_dict() == {
        "EPOCHS": 30,
        "LEARNING_RATE": 0.01,
        "DATA": "data/sample",
        "MIRROR": True,
        "LIMIT": None,
        "NORMALIZATION": "lrn",
        "VALIDATION_FRACTION": 0.2,
        "FROZEN_LAYERS": (),
        "SCALES": (0.5, 1.0),
        "STEPS": ((10.0, 0.1), (20.0, 0.01)),
        "LOSS_WEIGHTS": {"landmarks": 5.0, "pose": 5.0, "gender": 2.0},
        "IMAGES": {},
        "SETS": {"people": 2},
    }
    assert isinstance(settings.LOSS_WEIGHTS["pose"], float)


@pytest.mark.parametrize(
    ("override", "name", "value"),
    [
        ("EPOCHS=3", "EPOCHS", 3),
        (" EPOCHS = 3 ", "EPOCHS", 3),
        ("LEARNING_RATE=1", "LEARNING_RATE", 1.0),
        ("LEARNING_RATE=3e-4", "LEARNING_RATE", 0.0003),
        ("DATA=../shared/datasets", "DATA", "../shared/datasets"),
        ("DATA=a=b, c", "DATA", "a=b, c"),
        ("DATA=", "DATA", ""),
        ("DATA=3", "DATA", "3"),
        ("DATA=none", "DATA", "none"),
        ("MIRROR=false", "MIRROR", False),
        ("LIMIT=5", "LIMIT", 5),
        ("LIMIT=None", "LIMIT", None),
        ("NORMALIZATION=none", "NORMALIZATION", "none"),
        ("FROZEN_LAYERS=conv1, conv2", "FROZEN_LAYERS", ("conv1", "conv2")),
        ("FROZEN_LAYERS=('conv1',)", "FROZEN_LAYERS", ("conv1",)),
        ("FROZEN_LAYERS=", "FROZEN_LAYERS", ()),
        ("SCALES=1,2.5", "SCALES", (1.0, 2.5)),
        ("SCALES=[1, 2]", "SCALES", (1.0, 2.0)),
        ("STEPS=((5, 0.5),)", "STEPS", ((5.0, 0.5),)),
        ("LOSS_WEIGHTS.landmarks=50", "LOSS_WEIGHTS",
         {"landmarks": 50.0, "pose": 5.0, "gender": 2.0}),
        ("LOSS_WEIGHTS={'pose': 1}", "LOSS_WEIGHTS",
         {"landmarks": 5.0, "pose": 1.0, "gender": 2.0}),
        ("IMAGES.mtfl=200", "IMAGES", {"mtfl": 200}),
    ],
)  # fmt: skip
def test_overrides(override, name, value):
    settings = resolve(config(), [override])
    assert getattr(settings, name) == value
    assert type(getattr(settings, name)) is type(value)
    unchanged = settings.as_dict() | {name: resolve(config()).as_dict()[name]}
    assert unchanged == resolve(config()).as_dict()


def test_the_later_override_holds_and_entries_add_up():
    settings = resolve(
        config(),
        ["EPOCHS=3", "EPOCHS=4", "LOSS_WEIGHTS.pose=1", "LOSS_WEIGHTS.gender=3",
         "IMAGES.mtfl=1", "IMAGES.helen=2"],
    )  # fmt: skip
    assert settings.EPOCHS == 4
    assert settings.LOSS_WEIGHTS == {"landmarks": 5.0, "pose": 1.0, "gender": 3.0}
    assert settings.IMAGES == {"mtfl": 1, "helen": 2}
    other = resolve(config(), ["SETS.mtfl=1"])
    assert other.SETS == {"people": 2, "mtfl": 1}  # beside the default entry


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("EPOCS=3", "--set EPOCS=3: there is no EPOCS (did you mean EPOCHS?)."),
        ("epochs=3", "--set epochs=3: there is no epochs (did you mean EPOCHS?)."),
        ("EPOCHS", "--set EPOCHS: expected NAME=VALUE, such as EPOCHS=3."),
        ("EPOCHS=three", "--set EPOCHS=three: expected a whole number from 1 to 1000."),
        ("EPOCHS=3.0", "--set EPOCHS=3.0: expected a whole number from 1 to 1000."),
        ("EPOCHS=1_0", "--set EPOCHS=1_0: expected a whole number from 1 to 1000."),
        ("EPOCHS=٣", "--set EPOCHS=٣: expected a whole number from 1 to 1000."),
        ("EPOCHS=0", "--set EPOCHS=0: expected a whole number from 1 to 1000."),
        ("EPOCHS=", "--set EPOCHS=: expected a whole number from 1 to 1000."),
        ("EPOCHS.a=3", "--set EPOCHS.a=3: EPOCHS has no entries; set EPOCHS itself."),
        ("LEARNING_RATE=nan", "--set LEARNING_RATE=nan: expected a number from 0 on."),
        ("LEARNING_RATE=1e999", "--set LEARNING_RATE=1e999: expected a number from 0 on."),
        ("LEARNING_RATE=-1", "--set LEARNING_RATE=-1: expected a number from 0 on."),
        ("VALIDATION_FRACTION=0.91",
         "--set VALIDATION_FRACTION=0.91: expected a number from 0 to 0.9."),
        ("MIRROR=maybe", "--set MIRROR=maybe: expected true or false."),
        ("LIMIT=few", "--set LIMIT=few: expected none or a whole number."),
        ("NORMALIZATION=lnr", "--set NORMALIZATION=lnr: expected one of lrn, batch, none."),
        ("FROZEN_LAYERS=conv1,conv9",
         "--set FROZEN_LAYERS=conv1,conv9: expected a tuple, each entry one of conv1, conv2, "
         "conv3."),
        ("SCALES=1,x", "--set SCALES=1,x: expected a tuple, each entry a number."),
        ("SCALES=(1,", "--set SCALES=(1,: expected a tuple, each entry a number."),
        ("LOSS_WEIGHTS=5",
         "--set LOSS_WEIGHTS=5: expected a dict, each entry a number from 0 to 1000000.0."),
        ("LOSS_WEIGHTS.landmark=5",
         "--set LOSS_WEIGHTS.landmark=5: there is no landmark (did you mean landmarks?)."),
        ("LOSS_WEIGHTS={'poses': 5}",
         "--set LOSS_WEIGHTS={'poses': 5}: there is no poses (did you mean pose?)."),
        ("RULES={}", None),
        ("_PRIVATE=2", None),
        ("helper=2", None),
    ],
)  # fmt: skip
def test_bad_overrides_are_one_sentence(override, message):
    with pytest.raises(UserError) as error:
        resolve(config(), [override])
    if message:
        assert str(error.value) == message
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ("EPOCHS = 'three'",
         "EPOCHS = 'three' in config.py: expected a whole number from 1 to 1000."),
        ("EPOCHS = 2.5", "EPOCHS = 2.5 in config.py: expected a whole number from 1 to 1000."),
        ("EPOCHS = True", "EPOCHS = True in config.py: expected a whole number from 1 to 1000."),
        ("LEARNING_RATE = math.nan",
         "LEARNING_RATE = nan in config.py: expected a number from 0 on."),
        ("LEARNING_RATE = 10 ** 400", None),
        ("LIMIT = 'few'", "LIMIT = 'few' in config.py: expected none or a whole number."),
        ("NORMALIZATION = 'LRN'",
         "NORMALIZATION = 'LRN' in config.py: expected one of lrn, batch, none."),
        ("FROZEN_LAYERS = ('conv7',)", None),
        ("FROZEN_LAYERS = 'conv1'",
         "FROZEN_LAYERS = 'conv1' in config.py: expected a tuple, each entry one of conv1, conv2, "
         "conv3."),
        ("LOSS_WEIGHTS = {'pose': -1}", None),
        ("LOSS_WEIGHTS = {1: 1.0}", None),
        ("OTHER = open", None),
        ("OTHER = {'a': {'b': 1}}", None),
    ],
)  # fmt: skip
def test_a_bad_edit_of_the_config_is_one_sentence(edit, message):
    with pytest.raises(UserError) as error:
        resolve(config(edit))
    if message:
        assert str(error.value) == message
    assert "\n" not in str(error.value)


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(UserError, match=r"EPOCHS = 13 brings bad luck: take 12 or 14\."):
        resolve(config(), ["EPOCHS=13"])
    with pytest.raises(UserError, match="bad luck"):
        resolve(config("EPOCHS = 13"))


def test_a_former_name_is_accepted_with_a_warning(caplog):
    module = config("RENAMED = {'ROUNDS': 'EPOCHS'}")
    assert resolve(module, ["ROUNDS=3"]).EPOCHS == 3
    assert "ROUNDS is called EPOCHS now" in caplog.text
    with pytest.raises(UserError, match=r"ROUNDS in config\.py is called EPOCHS now"):
        resolve(config("RENAMED = {'ROUNDS': 'EPOCHS'}\nROUNDS = 3"))


def test_a_setting_that_the_program_does_not_use_is_refused():
    assert resolve(config(), ["DATA=a"], used=("DATA", "LIMIT"), program="predict.py").DATA == "a"
    with pytest.raises(UserError) as error:
        resolve(config(), ["EPOCHS=3"], used=("DATA", "LIMIT"), program="predict.py")
    assert str(error.value) == (
        "--set EPOCHS=3: predict.py does not use EPOCHS; it uses DATA, LIMIT."
    )


def test_an_edit_may_write_a_fraction_as_a_whole_number():
    settings = resolve(config("VALIDATION_FRACTION = 0"))
    assert isinstance(settings.VALIDATION_FRACTION, float)


@given(st.text())
@example("0\n0=")
def test_any_text_gives_settings_or_a_user_error(text):
    check_override(text)


@given(
    st.sampled_from([*resolve(config()).as_dict(), "LOSS_WEIGHTS.pose", "IMAGES.x", "EPOCHS.x"]),
    st.text() | st.from_regex(r"[-+0-9.eE_()\[\]{},:'a-z ]{0,20}") | st.floats().map(str),
)
def test_any_value_gives_settings_or_a_user_error(name, text):
    check_override(f"{name}={text}")


def check_override(override: str) -> None:
    try:
        settings = resolve(config(), [override])
    except UserError as error:
        assert len(str(error)) < 500
        assert "\n" not in str(error)
    else:
        assert Settings.from_json(settings.as_json()) == settings


def test_deep_or_huge_literals_are_refused():
    for text in ("(" * 100_000, "(" * 150 + "1,", "9" * 5000, "[" * 80 + "1" + "]" * 80 + "x"):
        with pytest.raises(UserError):
            resolve(config(), [f"SCALES={text}"])


def test_json_round_trip_keeps_tuples_and_floats():
    settings = resolve(config(), ["LEARNING_RATE=0.1", "FROZEN_LAYERS=conv1"])
    again = Settings.from_json(settings.as_json())
    assert again == settings
    assert again.STEPS == ((10.0, 0.1), (20.0, 0.01))
    assert hash(again) == hash(settings)


@pytest.mark.parametrize("text", ["", "[]", "3", "{", '{"A": NaN}', b"\xff", "[" * 100_000])
def test_unreadable_json_is_a_value_error(text):
    with pytest.raises(ValueError):
        Settings.from_json(text)


def test_settings_do_not_change():
    settings = resolve(config())
    with pytest.raises(AttributeError):
        settings.EPOCHS = 5
    with pytest.raises(AttributeError):
        del settings.EPOCHS
    with pytest.raises(AttributeError, match="EPOCH"):
        _ = settings.EPOCH
    settings.LOSS_WEIGHTS["pose"] = 0.0
    settings.as_dict()["LOSS_WEIGHTS"]["pose"] = 0.0
    assert settings.LOSS_WEIGHTS["pose"] == 5.0
    assert json.loads(settings.as_json())["LOSS_WEIGHTS"]["pose"] == 5.0


def test_the_config_module_stays_as_it_is():
    module = config()
    resolve(module, ["LOSS_WEIGHTS.pose=1", "EPOCHS=2"])
    assert module.EPOCHS == 30
    assert module.LOSS_WEIGHTS["pose"] == 5


def test_settings_can_be_copied_and_pickled():
    settings = resolve(config())
    assert copy.deepcopy(settings) == settings
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_differences_name_what_differs():
    here = Settings({"EPOCHS": 3, "DATA": "a", "WEIGHTS": {"pose": 1.0, "gender": 2.0}, "NEW": ()})
    run = Settings({"EPOCHS": 5, "DATA": "a", "WEIGHTS": {"pose": 4.0, "gender": 2}, "OLD": None})
    assert differences(here, run) == [
        "EPOCHS: 3 here, 5 in the run",
        "WEIGHTS.pose: 1.0 here, 4.0 in the run",
        "NEW: () here, not set in the run",
        "OLD: not set here, None in the run",
    ]
    assert differences(here, here) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", None),
        ("", ()),
        ("conv1", ("conv1",)),
        ("conv1,conv2", ("conv1", "conv2")),
        ("('conv1', 'conv2')", ("conv1", "conv2")),
    ],
)
def test_a_tuple_that_may_be_none(text, expected):
    module = config("KEPT: tuple[str, ...] | None = None\n")
    settings = resolve(module, [f"KEPT={text}"])
    assert expected == settings.KEPT
    with pytest.raises(UserError, match="expected none or a tuple, each entry text"):
        resolve(module, ["KEPT=(1, 2)"])
