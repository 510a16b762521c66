import numpy as np

from hyperface.annotations.leaks import Leak
from hyperface.annotations.pose_agreement import Agreement
from hyperface.annotations.record import AnnotatedImage, Face, SkipReport
from hyperface.annotations.summary import summarize
from hyperface.visualization.data_report import Findings, print_findings, write_page


def findings(**more):
    face = Face(np.float32([0, 0, 40, 40]), pose=np.float32([0, 0, 0.1]), gender=1.0)
    image = AnnotatedImage(None, "a.jpg", "set", 99, 99, (face,) * 1234, True, "train")
    skipped = SkipReport()
    for number in range(7):
        skipped.add("an <empty> file", f"{number}.jpg")
    return Findings("folder", summarize([image]), skipped, **more)


def test_text(capsys):
    print_findings(findings())
    lines = capsys.readouterr().out.splitlines()
    assert lines[3] == "| set | 1 | 0 | 1 | 1,234 | 0 | 0 | train 1 |"
    assert f"| 32 to 64 | {'#' * 40} | 1,234 |" in lines
    assert f"| female | {'#' * 40} | 1,234 |" in lines
    assert "none" in lines
    assert any("not searched for (--duplicates)" in line for line in lines)
    assert lines[-1] == "  7 x an <empty> file (0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg, ...)"
    print_findings(findings(), None)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.endswith("(0.jpg, 1.jpg, 2.jpg, 3.jpg, 4.jpg, 5.jpg, 6.jpg)")


def test_faults_are_printed(capsys):
    print_findings(
        findings(
            agreements=[Agreement("afw", "yaw", 468, np.radians(30.04), -0.9)],
            leaks=[Leak("person", ("a (train)", "b"), 3, ("Ana", "Ben"))],
            near_identical=12,
        )
    )
    text = capsys.readouterr().out
    (row,) = (line for line in text.splitlines() if line.startswith("| afw"))
    fault = "the sign is the opposite of the project's"
    assert row == f"| afw | yaw | 468 | 30.0 | -0.9 | {fault} |"
    assert "Ana, Ben" in text
    assert "look like an earlier one: 12" in text


def test_page(tmp_path):
    sheet = np.zeros((20, 30, 3), np.uint8)
    write_page(findings(sheet=sheet, near_identical=0), tmp_path / "check.html")
    page = (tmp_path / "check.html").read_text()
    assert "an &lt;empty&gt; file" in page
    assert "data:image/png;base64," in page
    assert "<td>32 to 64</td>" in page
