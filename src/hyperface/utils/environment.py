"""The environment of a run: machine, versions and variables."""

import os
import platform
import subprocess
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[3]
CPUINFO = Path("/proc/cpuinfo")
LIBRARIES = (
    "tensorflow", "keras", "jax", "torch", "numpy", "scipy", "h5py", "pillow", "scikit-image",
    "opencv-contrib-python-headless", "selectivesearch", "matplotlib", "pydot", "pygraphviz",
)  # fmt: skip
VARIABLES = (
    "KERAS_BACKEND", "TF_ENABLE_ONEDNN_OPTS", "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS", "TF_DETERMINISTIC_OPS", "ONEDNN_MAX_CPU_ISA", "CUDA_VISIBLE_DEVICES",
    "XLA_FLAGS",
)  # fmt: skip


def describe() -> dict[str, Any]:
    """Machine, versions and variables, without importing any of the libraries.

    Returns:
        JSON values: date, python, platform, cpu, cores (usable by this process), memory_gb,
        libraries (versions of the installed ones by name), git (revision, followed by "+ changes"
        if files differ, or None), variables (values of those that are set by name).
    """
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": _cpu_field("model name") or platform.processor() or platform.machine(),
        "cores": len(usable) or os.cpu_count(),
        "memory_gb": _memory_gb(),
        "libraries": _versions(),
        "git": _git_revision(),
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
    }


def has_bfloat16_hardware(cpuinfo: Path = CPUINFO) -> bool:
    """Whether the CPU has instructions for bfloat16 (AMX or AVX-512); False if unknown."""
    return not {"amx_bf16", "avx512_bf16"}.isdisjoint(_cpu_field("flags", cpuinfo).split())


def _cpu_field(field: str, cpuinfo: Path = CPUINFO) -> str:
    """The first value of a field of Linux's /proc/cpuinfo; empty if there is none."""
    try:
        lines = cpuinfo.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    fields = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in fields if name.strip() == field), "")


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (AttributeError, ValueError, OSError):  # No sysconf on Windows.
        return None


def _versions() -> dict[str, str]:
    versions = {}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _git_revision() -> str | None:
    if not (PROJECT / ".git").exists():  # Else git would describe a repository around ours.
        return None
    revision = _git("rev-parse", "HEAD")
    changes = _git("status", "--porcelain", "--untracked-files=no")
    return f"{revision} + changes" if revision and changes else revision


def committed_text(path: Path) -> str | None:
    """The last committed content of a file of the project; None if git does not know it."""
    if not (PROJECT / ".git").exists():
        return None
    return _git("show", f"HEAD:./{path.relative_to(PROJECT).as_posix()}")


def _git(*arguments: str) -> str | None:
    """The output of git; None without git or without a commit."""
    try:
        done = subprocess.run(
            ("git", "-C", PROJECT, *arguments),
            capture_output=True,
            text=True,
            timeout=10,
            # In a hook of git's, GIT_DIR and others mean the repository of the hook.
            env={name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
