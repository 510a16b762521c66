"""The console command `hyperface`, which runs the programs of an installed package."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from hyperface import __version__
from hyperface.startup import prepare_process

PROGRAMS = {
    "train": "train HyperFace on annotated images, and evaluate it",
    "predict": "find faces in images, folders and videos",
    "evaluate": "evaluate the detector on whole images of annotated data",
    "data": "check data sets, convert them, and make sample files of them",
    "demo": "serve a web page on which you can try the network",
    "export": "write the networks as ONNX, LiteRT or SavedModel files",
}
USAGE = """usage: hyperface COMMAND ...

HyperFace in Keras: faces, landmarks, visibility, pose and gender.

{}

`hyperface COMMAND --help` shows the options of a command.""".format(
    "\n".join(f"  {name:9} {what}" for name, what in PROGRAMS.items())
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program that the first argument names; returns the exit status."""
    name, *rest = [*(sys.argv[1:] if arguments is None else arguments), ""]
    if name in ("-V", "--version"):
        print(f"hyperface {__version__}")
        return 0
    if name in ("", "-h", "--help"):
        print(USAGE)
        return 0
    if name not in PROGRAMS:
        print(USAGE, file=sys.stderr)
        return 2
    prepare_process()
    from hyperface.commands.project import Project
    from hyperface.utils.defaults import settings_module

    command = importlib.import_module(f"hyperface.commands.{name}_command")
    project = Project(
        root=Path.cwd(),
        config=settings_module("config"),
        experiments=settings_module("experiments").EXPERIMENTS,
        command=f"hyperface {name}",
    )
    return command.main(rest[:-1], project)
