"""A pool of detectors on Ray, each in its own process on any machine of the cluster."""

import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hyperface.cluster.image_parts import Counts, Part, predict_part
from hyperface.detection.recipe import DetectorRecipe
from hyperface.errors import UserError
from hyperface.startup import keep_freed_memory

LOCAL = "local"
TOKEN = "~/.ray/auth_token"
REQUIREMENTS = "pip install -r requirements-cluster.txt"
# For this process: Ray sends no usage statistics, and logs only errors.
OWN_ENVIRONMENT = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}
# For the workers: one thread for each of TensorFlow's pools, since the workers share the cores.
ENVIRONMENT = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}


class Worker:
    """Loads a detector once, and processes parts with it."""

    def __init__(self, recipe: DetectorRecipe) -> None:
        keep_freed_memory()
        self._detector = recipe.load()

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        """Processes one part, as Ray Data passes it, and returns its counts."""
        (part,) = batch["part"]
        return {name: [value] for name, value in asdict(predict_part(self._detector, part)).items()}


def predict_on_ray(
    parts: Sequence[Part], recipe: DetectorRecipe, address: str, workers: int
) -> Iterator[Counts]:
    """Processes parts on a cluster; a part whose worker dies is given to another.

    Args:
        parts: The parts; every machine must be able to read and write their files.
        recipe: The recipe of the detector; every machine must be able to read its files, too.
        address: Address of a Ray cluster, or "local" to start one on this machine.
        workers: Number of processes, each on one CPU core.

    Yields:
        The counts of each part, in any order.

    Raises:
        UserError: Ray is not installed, there is no cluster at the address, or a worker repeatedly
            failed at a part.
    """
    for name, value in OWN_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if address != LOCAL and _has_token():
        os.environ.setdefault("RAY_AUTH_MODE", "token")  # what `ray start` asks for by default
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise UserError(f"--ray needs Ray: run `{REQUIREMENTS}`.") from error
    try:
        ray.init(
            address=None if address == LOCAL else address,
            num_cpus=workers if address == LOCAL else None,
            include_dashboard=False if address == LOCAL else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": ENVIRONMENT},
        )
    except ConnectionError as error:
        raise UserError(
            f"There is no Ray cluster at {address}, or it has another token than {TOKEN} of this "
            f'machine: give the address that `ray start --head` prints, or "{LOCAL}".'
        ) from error
    except Exception as error:  # Ray's own kinds and plain ones, as where its processes time out
        raise UserError(f"Ray cannot start on this machine: {_last_line(error)}.") from error
    try:
        yield from _counts(ray, parts, recipe, workers)
    finally:
        ray.shutdown()


def _has_token() -> bool:
    """Whether this machine has a token for a cluster, as `ray start` writes one."""
    given = any(os.environ.get(name) for name in ("RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"))
    return given or Path(TOKEN).expanduser().is_file()


def _counts(
    ray: Any, parts: Sequence[Part], recipe: DetectorRecipe, workers: int
) -> Iterator[Counts]:
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    data = ray.data.from_items([{"part": part} for part in parts], override_num_blocks=len(parts))
    counted = data.map_batches(
        Worker,
        fn_constructor_args=(recipe,),
        batch_size=1,
        concurrency=workers,
        num_cpus=1,
    )
    try:
        for row in counted.iter_rows():
            yield Counts(**row)
    except ray.exceptions.RayError as error:
        raise UserError(_reason(error)) from error


def _reason(error: Exception) -> str:
    """The message of the `UserError` in a worker's traceback; without one, Ray's own message."""
    sentences = re.findall(rf"{UserError.__module__}\.UserError: (.+)", str(error))
    return sentences[-1] if sentences else f"A worker failed: {_last_line(error)}."


def _last_line(error: Exception) -> str:
    """The end of an error's message, without a full stop."""
    return (str(error).strip() or type(error).__name__).splitlines()[-1].removesuffix(".")
