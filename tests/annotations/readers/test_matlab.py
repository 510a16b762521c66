import multiprocessing
import struct
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import h5py
import numpy as np
import pytest
import scipy.io
from hypothesis import given, settings
from hypothesis import strategies as st

from hyperface.annotations.readers import afw, matlab
from hyperface.annotations.readers.matlab import cells_of, load_variable, numbers_of, text_of
from hyperface.annotations.record import AnnotatedImage, SkipReport
from hyperface.errors import UserError
from hyperface.utils import pool


def cells(*contents):
    row = np.empty((1, len(contents)), object)
    for number, content in enumerate(contents):
        row[0, number] = content
    return row


def annotations():
    """One row of AFW's table."""
    box, pose = np.array([[41.0, 31], [100, 110]]), np.array([[30, 0, 0]], np.int16)
    return cells("1.jpg", cells(box), cells(pose), cells(np.full((6, 2), np.nan)))


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "set" / "anno.mat"
    path.parent.mkdir()
    return path


def test_cells_texts_and_numbers(path):
    scipy.io.savemat(path, {"other": np.ones((2, 2)), "anno": annotations()})
    ((name, boxes, poses, points),) = load_variable(path, "anno")
    assert text_of(name) == "1.jpg"
    (box,) = cells_of(boxes)
    assert numbers_of(box, 2, 2).tolist() == [[41, 31], [100, 110]]
    (pose,) = cells_of(poses)
    assert numbers_of(pose, 1, 3).tolist() == [[30, 0, 0]]
    assert numbers_of(pose, 1, 3).dtype == np.float64
    assert np.isnan(numbers_of(cells_of(points)[0], 6, 2)).all()


def test_struct_has_objects_in_its_fields(path):
    structs = np.zeros((1, 2), [("imgname", object), ("objects", object)])
    structs[0, 1] = ("2.jpg", np.ones((3, 6)))
    scipy.io.savemat(path, {"anno": structs})
    _, second = load_variable(path, "anno").ravel()
    assert text_of(second["imgname"]) == "2.jpg"
    assert numbers_of(second["objects"], 3, 6).all()


@pytest.mark.parametrize(("form", "compressed"), [("4", False), ("5", False), ("5", True)])
def test_older_formats(path, form, compressed):
    scipy.io.savemat(path, {"anno": np.ones((2, 3))}, format=form, do_compression=compressed)
    assert numbers_of(load_variable(path, "anno"), 2, 3).all()


@pytest.mark.parametrize(
    "value", [7, np.array([True]), cells("a", "b"), cells(7), np.array(["a", "b"]), None, b"a"]
)
def test_not_a_text(value):
    assert text_of(value) is None


def test_text_in_cells():
    assert text_of(cells("a.jpg")) == text_of(cells(cells(np.array(["a.jpg"])))) == "a.jpg"


def test_not_cells():
    assert cells_of(np.ones((1, 2))) == []
    assert cells_of("text") == []


@pytest.mark.parametrize("value", [np.ones((2, 1)), [[1j, 1]], [["1", "2"]], cells(1, 2), 1, None])
def test_not_a_row_of_two_numbers(value):
    assert numbers_of(value, 1, 2) is None


def test_format_7_3_says_how_to_save_it(path):
    with h5py.File(path, "w", userblock_size=512) as file:
        file["anno"] = np.ones((2, 2))
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM"
    content = path.read_bytes()
    path.write_bytes(header + content[len(header) :])
    with pytest.raises(
        UserError, match=r"anno\.mat cannot be read: it has MATLAB's format 7\.3; .*`save -v7`"
    ):
        load_variable(path, "anno")


def test_hdf5_without_matlabs_header_cannot_be_read(path):
    with h5py.File(path, "w") as file:
        file["anno"] = np.ones((2, 2))
    with pytest.raises(UserError, match=r"anno\.mat"):
        load_variable(path, "anno")


@pytest.mark.parametrize("content", [b"", b"x", b"1.jpg 2 3 4\n" * 50, bytes(range(256)) * 8])
def test_file_of_another_kind(path, content):
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"anno\.mat cannot be read|no variable 'anno'"):
        load_variable(path, "anno")


@pytest.mark.parametrize("compressed", [False, True])
def test_a_truncated_file_is_refused(path, compressed):
    scipy.io.savemat(path, {"anno": annotations()}, do_compression=compressed)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserError, match=r"anno\.mat cannot be read"):
        load_variable(path, "anno")


def test_missing_variable(path):
    scipy.io.savemat(path, {"other": np.ones((2, 2))})
    with pytest.raises(UserError, match=r"anno\.mat cannot be read: it has no variable 'anno'"):
        load_variable(path, "anno")


def test_missing_file(path):
    with pytest.raises(UserError, match=r"anno\.mat cannot be read"):
        load_variable(path, "anno")


def test_huge_file_is_not_read(path, monkeypatch):
    scipy.io.savemat(path, {"anno": annotations()})
    monkeypatch.setattr(matlab, "MAX_BYTES", 100)
    with pytest.raises(UserError, match=r"anno\.mat .*over the limit of 100"):
        load_variable(path, "anno")


def test_a_file_that_crashes_the_parser_costs_no_more_than_its_process(path, monkeypatch):
    def crash(function, items, workers):
        raise BrokenProcessPool

    monkeypatch.setattr(matlab, "map_in_processes", crash)
    with pytest.raises(
        UserError, match=r"anno\.mat cannot be read: its content crashes the reader"
    ):
        load_variable(path, "anno")


@pytest.mark.slow
def test_cells_in_cells_without_end(path, monkeypatch):
    def element(kind, content):
        return struct.pack("<II", kind, len(content)) + content

    head = element(6, struct.pack("<II", 1, 0)) + element(5, struct.pack("<ii", 1, 1))
    head += element(1, b"")  # flags, size and name of one cell, 40 bytes
    depth = 20_000
    sizes = [48 * left - 8 for left in range(depth, 0, -1)]
    nested = b"".join(struct.pack("<II", 14, size) + head for size in sizes)
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM" + nested)
    monkeypatch.setattr(matlab, "PROCESSES", 1)
    with pytest.raises(UserError, match=r"anno\.mat cannot be read"):
        load_variable(path, "")


@pytest.fixture
def kept_worker(monkeypatch):
    """One process reads all files, until some bytes crash SciPy: a start takes half a second."""
    pools = []

    def in_kept_worker(function, items, workers):
        with pool._hide_main_module():
            if not pools:
                pools.append(ProcessPoolExecutor(1, multiprocessing.get_context("spawn")))
            try:
                return list(pools[0].map(function, items))
            except BrokenProcessPool:
                pools.pop().shutdown()
                raise

    monkeypatch.setattr(matlab, "map_in_processes", in_kept_worker)
    yield
    for each in pools:
        each.shutdown()


@pytest.mark.slow
@settings(max_examples=12)
@given(data=st.data())
def test_any_bytes_give_a_value_or_one_reason(path, make_image, kept_worker, data):
    make_image(path.parent / "1.jpg")
    compressed = data.draw(st.booleans())
    scipy.io.savemat(path, {"anno": annotations()}, do_compression=compressed)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        # Not the text that the file begins with, which nobody reads.
        content[data.draw(st.integers(116, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        assert isinstance(load_variable(path, "anno"), np.ndarray)
        assert all(
            isinstance(image, AnnotatedImage) for image in afw.read(path.parent, SkipReport())
        )
    except UserError as error:
        assert "anno.mat" in str(error)
