import json

import pytest

from hyperface.errors import UserError
from hyperface.predictions.row_files import Results, read_rows
from hyperface.predictions.rows import found_row, skipped_row


def test_rows_are_added_and_counted(tmp_path, found):
    results = Results(tmp_path)
    rows = [
        found_row("ä.jpg", (9, 9), [found()], 0.1),
        found_row("v.mp4", (9, 9), [], 0.1, (0, 0.0)),
        skipped_row("v.mp4", "broken frame", (1, 0.04)),
    ]
    for row in rows:
        results.add(row)
    assert list(Results(tmp_path).rows()) == rows
    again = Results(tmp_path)
    assert [again.count(name) for name in ("ä.jpg", "v.mp4", "other")] == [1, 2, 0]


def test_half_a_row_of_a_killed_run_is_removed(tmp_path):
    results = Results(tmp_path)
    results.add(found_row("a.jpg", (9, 9), [], 0.1))
    whole = results.path.read_bytes()
    for cut in (1, 10, len(whole) - 1):
        results.path.write_bytes(whole + whole[:cut])
        assert Results(tmp_path).count("a.jpg") == 1
        assert results.path.read_bytes() == whole
    results.path.write_bytes(whole[:-1])
    assert Results(tmp_path).count("a.jpg") == 0


def test_a_file_with_other_content_is_a_user_error(tmp_path):
    for content in ("text\n", "[1]\n", '{"image": 1}\n'):
        (tmp_path / "faces.jsonl").write_text(content)
        with pytest.raises(UserError, match="line 1, is not a row"):
            Results(tmp_path)


def test_the_table_has_a_line_for_each_face(tmp_path, found):
    results = Results(tmp_path)
    assert results.write_table().read_text().count("\n") == 1
    results.add(found_row("a.jpg", (9, 9), [found(), found()], 0.1))
    results.add(found_row("b.jpg", (9, 9), [], 0.1))
    lines = results.write_table().read_text().splitlines()
    assert len(lines) == 1 + 2 + 1
    assert lines[0].startswith("image,frame,time")


def test_names_that_are_no_unicode(tmp_path):
    results = Results(tmp_path)
    name = "latin\udcff.jpg"
    results.add(skipped_row(name, "an empty file"))
    assert Results(tmp_path).count(name) == 1
    assert "latin" in results.write_table().read_text()


def test_rows_of_unreadable_files_are_removed_and_those_of_lost_frames_kept(tmp_path):
    results = Results(tmp_path)
    results.add(skipped_row("a.jpg", "an empty file"))
    results.add(skipped_row("v.mp4", "broken frame", (0, 0.0)))
    results.add(found_row("b.jpg", (9, 9), [], 0.1))
    results = Results(tmp_path)
    results.remove_outdated([("c.jpg", tmp_path / "c.jpg")])
    assert results.count("a.jpg") == 1, "it was not given"
    results.remove_outdated([("a.jpg", tmp_path / "a.jpg")])
    assert [results.count(name) for name in ("a.jpg", "v.mp4", "b.jpg")] == [0, 1, 1]
    assert [row["image"] for row in Results(tmp_path).rows()] == ["v.mp4", "b.jpg"]


def test_a_row_of_another_program_is_no_unreadable_file(tmp_path):
    (tmp_path / "faces.jsonl").write_text('{"image": "b.jpg", "faces": []}\n')
    assert Results(tmp_path).count("b.jpg") == 1


def test_a_damaged_byte_is_reported(tmp_path):
    results = Results(tmp_path)
    results.add(found_row("a.jpg", (9, 9), [], 0.1))
    results.path.write_bytes(results.path.read_bytes().replace(b"a.jpg", b"a\xff.jpg"))
    with pytest.raises(UserError, match="line 1, is not a row"):
        Results(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\n", "\r\n \r\n"])
def test_rows_of_other_programs(tmp_path, encoding, end):
    rows = [{"image": "Zo\u00eb.jpg", "faces": []}, {"image": "b\\c.jpg", "faces": []}]
    text = end.join([*(json.dumps(row, ensure_ascii=False) for row in rows), ""])
    (tmp_path / "theirs.jsonl").write_bytes(text.encode(encoding))
    assert list(read_rows(tmp_path / "theirs.jsonl", "hint")) == rows


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"image": "b\\c.jpg", "faces": []}', r"line 3, .*escape, column 13"),
        ('{"image": "Zo\u00eb.jpg", "faces": []}'.encode("cp1252"), "line 3, .*save it as UTF-8"),
        (b'{"image": "a.jpg"}', 'line 3, .*it needs "image" and "faces".*; hint'),
        (b"image,faces", "line 3, .*Expecting value"),
    ],
)
def test_a_line_that_is_not_a_row_is_reported(tmp_path, line, message):
    good = b'{"image": "a.jpg", "faces": []}\n\n'
    (tmp_path / "theirs.jsonl").write_bytes(good + line)
    with pytest.raises(UserError, match=message):
        list(read_rows(tmp_path / "theirs.jsonl", "hint"))
