import json
import subprocess

import pytest

from hyperface.utils import environment


def test_describe_is_json_and_names_what_matters(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS", raising=False)
    found = environment.describe()
    assert json.loads(json.dumps(found)) == found
    assert found["cores"] >= 1
    assert "numpy" in found["libraries"]
    assert found["variables"]["OMP_NUM_THREADS"] == "2"
    assert "TF_ENABLE_ONEDNN_OPTS" not in found["variables"]
    assert found["cpu"]


@pytest.mark.parametrize(
    ("flags", "has"),
    [("fpu amx_bf16 sse", True), ("avx512_bf16", True), ("avx512f avx512_bf16x amx_tile", False)],
)
def test_bfloat16_is_read_from_the_flags_word_by_word(tmp_path, flags, has):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nvmx flags\t: amx_bf16\nflags\t\t: {flags}\n")
    assert environment.has_bfloat16_hardware(cpuinfo) is has


def test_no_cpuinfo_is_no_bfloat16(tmp_path):
    assert environment.has_bfloat16_hardware(tmp_path / "nowhere") is False


def test_no_repository_is_no_revision(tmp_path, monkeypatch):
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    assert environment.describe()["git"] is None


def test_no_git_program_is_no_revision(tmp_path, monkeypatch):
    def missing(*arguments, **options):
        raise FileNotFoundError("git")

    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(environment, "PROJECT", tmp_path)
    monkeypatch.setattr(subprocess, "run", missing)
    assert environment.describe()["git"] is None


def test_the_repository_of_a_git_hook_is_not_taken_for_this_one(monkeypatch, tmp_path):
    for folder in (tmp_path / "mine", tmp_path / "hooked"):
        subprocess.run(["git", "init", "--quiet", folder], check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for name in ("mine", "hooked"):
        git = ["git", "-C", tmp_path / name, *who]
        subprocess.run([*git, "commit", "--quiet", "--allow-empty", "-m", name], check=True)
    mine = subprocess.run(
        ["git", "-C", tmp_path / "mine", "rev-parse", "HEAD"],
        capture_output=True,
        text=True,
        check=True,
    )
    monkeypatch.setattr(environment, "PROJECT", tmp_path / "mine")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "hooked" / ".git"))
    assert environment.describe()["git"] == mine.stdout.strip()
