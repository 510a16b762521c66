"""The Keras graph of a model as an image, without Graphviz or fonts on the machine."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

import keras
import matplotlib

from hyperface.images.kinds import PNG_START
from hyperface.utils.files import atomic_write

DPI = 96
TIMEOUT = 120  # seconds

# pygraphviz includes Graphviz, but no fonts; on a machine without fonts every letter becomes an
# empty box. Matplotlib includes fonts. Their folder is set in the environment of a separate
# process, whose crash cannot end a training run.
_PROGRAM = """
import sys, pygraphviz
graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
sys.stdout.buffer.write(graph.draw(format="png", prog="dot"))
"""
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


def graph_path(folder: Path, model: keras.Model) -> Path:
    """The path of a model's graph in a folder of graphs."""
    return folder / f"{model.name.removesuffix('_model')}_model.png"


def draw_graph(model: keras.Model, path: str | Path) -> bool:
    """Draws every layer of a functional model with its shapes and activation, top to bottom.

    If pydot or pygraphviz is missing or fails, the model's summary is written as text instead, with
    the suffix `.txt` in place of `.png`. Returns whether the image was drawn.
    """
    path, text = Path(path), Path(path).with_suffix(".txt")
    try:
        graph = keras.utils.model_to_dot(  # raises ImportError without pydot
            model,
            show_shapes=True,
            show_layer_names=True,
            show_layer_activations=True,
            rankdir="TB",
            dpi=DPI,
        )
        image = _drawn(graph.to_string())
    except (ImportError, OSError, subprocess.SubprocessError) as error:
        lines = [f"The graph could not be drawn ({error}). The model's summary:", ""]
        model.summary(line_length=110, print_fn=lambda line, **_: lines.append(line))
        with atomic_write(text) as aside:
            aside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return False
    with atomic_write(path) as aside:
        aside.write_bytes(image)
    text.unlink(missing_ok=True)  # left by a run that could not draw
    return True


def _drawn(dot: str) -> bytes:
    """DOT -> PNG; raises OSError with the reason if that fails."""
    with tempfile.TemporaryDirectory() as folder:
        fonts = Path(matplotlib.get_data_path(), "fonts", "ttf")
        settings = Path(folder, "fonts.conf")
        settings.write_text(
            _FONTS.format(fonts=escape(str(fonts)), cache=escape(folder)), encoding="utf-8"
        )
        done = subprocess.run(
            [sys.executable, "-c", _PROGRAM],
            input=dot.encode(),
            capture_output=True,
            timeout=TIMEOUT,
            env={**os.environ, "FONTCONFIG_FILE": str(settings)},
            check=False,
        )
    if done.returncode or not done.stdout.startswith(PNG_START):
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise OSError(reason[-1] if reason else f"status {done.returncode}")
    return done.stdout
