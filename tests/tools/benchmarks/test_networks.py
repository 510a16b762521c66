"""`make bench` but for the measuring: options, tables and JSON; no Keras is needed."""

import json

import pytest

import config
from hyperface.errors import UserError
from hyperface.utils.settings import resolve
from tools.benchmarks import networks
from tools.benchmarks.speed import Measurement
from tools.benchmarks.speed_table import NETWORKS, PRECISIONS, WORKS, Measured


def made_up(fast_bfloat16=True):
    whats = ("large", "training", "pipeline", "inference", "feed")
    measured = {
        name: Measured(
            measurements={
                (w, p): Measurement(10, [1.0, 1.0, 2.0]) for w in whats for p in PRECISIONS
            },
            tried={(work, p): {10: 9.5} for work in WORKS for p in PRECISIONS},
            operations={"training": 5 * 10**9, "inference": 2 * 10**9, "large": 10**9},
            peak_memory=3 * 10**9,
            backend="tensorflow",
            fast_bfloat16=fast_bfloat16,
        )
        for name in NETWORKS
    }
    result = networks.summarize(resolve(config), measured)
    return {**result, "seconds_per_figure": 4.0, "seconds_in_all": 200.0}


@pytest.mark.parametrize("fast", [True, False])
def test_every_row_and_the_bfloat16_hardware_are_printed(capsys, fast):
    networks.print_result(made_up(fast))
    printed = capsys.readouterr().out
    assert ("bfloat16 hardware: yes" if fast else "bfloat16 hardware: NO") in printed
    assert printed.count("| hyperface ") == 4 + 2 + 1
    assert printed.count("| convolutions |") == 4 + 2 + 1
    assert "GB" in printed and "3.00 |" in printed
    assert "10 GFLOP/s in float32" in printed
    assert "3 min 20 s" in printed


def test_results_are_written_as_json(tmp_path):
    networks.store(made_up(), tmp_path / "bench.json")
    stored = json.loads((tmp_path / "bench.json").read_text())
    assert stored["speeds"][0]["samples_per_second"] == 10.0
    assert stored["environment"]["cores"] >= 1
    assert stored["precisions"][0] == {
        "network": "hyperface", "training": 1.0, "inference": 1.0, "memory_gb": 3.0
    }  # fmt: skip


def test_json_that_cannot_be_written_raises(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        networks.store(made_up(), tmp_path / "file" / "bench.json")


@pytest.mark.parametrize(
    "options", [["--batch-sizes", "0"], ["--seconds", "0"], ["--seconds", "nan"], ["--json", "."]]
)
def test_bad_options_exit_with_status_two(options, capsys):
    with pytest.raises(SystemExit) as stopped:
        networks.parse(options)
    assert stopped.value.code == 2
    assert "expected" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["--data", "nowhere"], ["--set", "EPOCH=3"]])
def test_wrong_settings_are_reported_before_measuring(options, capsys):
    assert networks.main(options) == 2
    assert "error: " in capsys.readouterr().err


def test_the_sample_gives_regions(capsys):
    sampler = networks.read_sampler(resolve(config))
    assert sampler.faces
    assert "faces for jittered boxes" in capsys.readouterr().err
