"""The page of demo.py: its function anywhere, the page in a real browser (make test-demo)."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from one_by_one import OneByOne
from PIL import Image

from hyperface.commands import demo_command
from hyperface.detection.region_predictions import DetectedFace
from hyperface.geometry.fitting import WeakPerspective
from hyperface.geometry.mean_face import MEAN_FACE
from hyperface.geometry.rectangle import rectangle_of_view_xyxy

PROJECT = Path(__file__).resolve().parents[1]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def demo():
    return demo_command


class Detector(OneByOne):
    """Finds one face in the middle of everything, if the threshold allows it."""

    def __init__(self):
        super().__init__(None, propose=lambda image: np.zeros((1, 4), np.float32))

    def detect(self, image, *given):
        if self.settings.threshold > 0.8:
            return []
        view = WeakPerspective(image.shape[0] / 8, np.eye(3), np.array(image.shape[1::-1]) / 2)
        box, points = rectangle_of_view_xyxy(view), view.project(MEAN_FACE)
        return [DetectedFace(box, 0.8, points, np.ones(21), np.zeros(3), 0.9)]


def test_an_image_is_drawn_and_its_row_returned(demo, tmp_path):
    Image.new("RGB", (300, 200), "white").save(tmp_path / "a.png")
    drawn, row = demo.detect_upload(Detector(), str(tmp_path / "a.png"), 0.5)
    assert drawn.shape == (427, 640, 3)
    assert drawn.min() < 100
    assert (row["image"], row["status"], len(row["faces"])) == ("a.png", "ok", 1)
    assert demo.detect_upload(Detector(), str(tmp_path / "a.png"), 0.9)[1]["status"] == "no_face"


def test_the_numbers_of_a_large_image_are_in_its_own_pixels(demo, tmp_path):
    Image.new("RGB", (6000, 1500)).save(tmp_path / "large.png")
    drawn, row = demo.detect_upload(Detector(), str(tmp_path / "large.png"), 0.5)
    assert (row["width"], row["height"]) == (6000, 1500)
    assert max(drawn.shape) <= 4096


def test_a_file_that_is_not_an_image_has_its_reason(demo, tmp_path):
    (tmp_path / "a.jpg").touch()
    drawn, row = demo.detect_upload(Detector(), str(tmp_path / "a.jpg"), 0.5)
    assert drawn is None
    assert row["reason"] == "an empty file"
    assert demo.detect_upload(Detector(), None, 0.5)[1]["status"] == "skipped"


def test_without_gradio_it_says_what_to_install(demo, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "gradio", None)
    with pytest.raises(demo.UserError, match="requirements-demo"):
        demo.build_page({"fast": Detector()})


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")
def test_upload_slider_and_result_in_a_browser(demo, tmp_path):
    pytest.importorskip("gradio", reason="gradio is not installed (requirements-demo.txt)")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    page = demo.build_page({"fast": Detector(), "selective search": Detector()})
    _, address, _ = page.launch(
        server_name=demo.ADDRESS, share=False, quiet=True, prevent_thread_lock=True
    )
    assert address.startswith("http://127.0.0.1")
    try:
        with sync_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            tab = browser.new_page(viewport={"width": 1300, "height": 1100})
            tab.goto(address)
            image = PROJECT / "data" / "photographs" / "astronaut.jpg"
            tab.set_input_files("#image input[type=file]", str(image))
            tab.wait_for_selector("#drawn img", timeout=60_000)
            tab.wait_for_selector("#row >> text=astronaut.jpg", timeout=60_000)
            tab.screenshot(path=str(tmp_path / "page.png"))
            slider = tab.locator("input[type=range]")
            slider.evaluate(
                "s => { s.value = 0.9; for (const e of ['input', 'change', 'pointerup'])"
                " s.dispatchEvent(new Event(e, {bubbles: true})) }"
            )
            tab.wait_for_selector("#row >> text=no_face", timeout=60_000)
            browser.close()
    finally:
        page.close()
    assert (tmp_path / "page.png").stat().st_size > 20_000
