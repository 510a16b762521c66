"""Renders a set of images with several processes; an interrupted run resumes."""

import json
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path

from hyperface.annotations.readers.own_faces import FILE_NAME
from hyperface.annotations.writers.own_writers import write_entries
from hyperface.errors import UserError
from hyperface.utils.files import atomic_write
from hyperface.utils.json_text import json_text
from hyperface.utils.output_dir import output_dir
from hyperface.utils.pool import map_in_processes
from hyperface.utils.progress import progress
from tools.rendering.exposure import jpeg
from tools.rendering.studio import Studio, StudioSettings

ENTRIES = ".entries"  # one small file for each image, until all are gathered in faces.json
SETTINGS = "rendering.json"
RECIPE = 2  # increased whenever the same seed gives another image or other labels than before
LICENSE = (
    "CC0 1.0: everything in these images was rendered by HyperFace in Keras from meshes in the "
    "public domain; nobody in them exists."
)


@dataclass(frozen=True)
class SetSettings:
    """What the images of a set depend on besides their numbers."""

    seed: int
    meshes: bool
    recipe: int = RECIPE


def make_set(folder: Path, count: int, seed: int, studio: StudioSettings, workers: int) -> int:
    """Renders the missing ones of the images 0 .. count - 1 of a set.

    Args:
        folder: Gets the images, `faces.json` and `rendering.json`.
        count: Number of images.
        seed: Seed of the set; an image depends only on it and on its own number.
        studio: The resources for rendering.
        workers: Number of processes.

    Returns:
        The number of images rendered by this call.

    Raises:
        UserError: The folder has other content, or another process is writing to it.
    """
    settings = asdict(SetSettings(seed, studio.meshes is not None))
    with output_dir(folder, SETTINGS, settings):
        done = entries_of(folder)
        missing = [number for number in range(count) if file_name(number) not in done]
        render = partial(render_one, folder, seed, studio)
        try:
            results = map_in_processes(render, missing, workers)
            for _ in progress(results, len(missing), "rendering"):
                pass
        finally:  # on Ctrl-C too, so that the finished images can be used
            write_faces(folder)
    return len(missing)


def render_one(folder: Path, seed: int, settings: StudioSettings, number: int) -> None:
    """Renders one image; its entry is written last and marks it as complete."""
    studio = _studio(settings)
    recipe = studio.recipe(seed, number)
    image, faces, complete = studio.make(recipe)
    file = file_name(number)
    with atomic_write(folder / file) as aside:
        aside.write_bytes(jpeg(image, recipe.camera.quality))
    entry = {"file": file, "complete": complete, "split": recipe.split, "faces": faces}
    with atomic_write(folder / ENTRIES / f"{file}.json") as aside:
        aside.write_text(json_text(entry))


@cache
def _studio(settings: StudioSettings) -> Studio:
    return Studio(settings)


def file_name(number: int) -> str:
    """The file name of an image."""
    return f"{number:05d}.jpg"


def entries_of(folder: Path) -> dict[str, dict]:
    """The entries of the finished images by file name, sorted."""
    entries: dict[str, dict] = {}
    if (folder / FILE_NAME).exists():
        try:
            content = json.loads((folder / FILE_NAME).read_text(encoding="utf-8"))
            entries = {entry["file"]: entry for entry in content["pictures"]}
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{folder / FILE_NAME} is damaged ({error}); remove it to render the images again."
            ) from error
    for path in (folder / ENTRIES).glob("*.json"):
        entry = json.loads(path.read_text(encoding="utf-8"))
        entries[entry["file"]] = entry
    return {file: entries[file] for file in sorted(entries) if (folder / file).exists()}


def write_faces(folder: Path) -> None:
    """Gathers the entries into `faces.json`."""
    entries = entries_of(folder)
    if not entries:
        return
    write_entries(folder, entries.values(), LICENSE)
    for path in (folder / ENTRIES).glob("*.json"):
        path.unlink()
    if (folder / ENTRIES).is_dir():
        (folder / ENTRIES).rmdir()
