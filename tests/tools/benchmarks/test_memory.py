import time

from tools.benchmarks.memory import PeakMemory, anonymous_bytes

STATUS = "Name:\tpython\nVmHWM:\t  900000 kB\nRssAnon:\t  {} kB\nRssFile:\t    4000 kB\n"


def test_reads_anonymous_memory_only(tmp_path):
    status = tmp_path / "status"
    status.write_text(STATUS.format(123456))
    assert anonymous_bytes(status) == 123456 * 1024


def test_is_unknown_where_the_system_does_not_tell(tmp_path):
    assert anonymous_bytes(tmp_path / "absent") is None
    (tmp_path / "status").write_text("Name:\tpython\n")
    assert anonymous_bytes(tmp_path / "status") is None
    with PeakMemory(status=tmp_path / "absent") as memory:
        pass
    assert memory.peak is None


def test_the_peak_outlives_what_took_it(tmp_path):
    status = tmp_path / "status"
    status.write_text(STATUS.format(100))
    with PeakMemory(every=0.005, status=status) as memory:
        status.write_text(STATUS.format(700))
        deadline = time.monotonic() + 30
        while memory.peak != 700 * 1024 and time.monotonic() < deadline:
            time.sleep(0.005)
        status.write_text(STATUS.format(200))
    assert memory.peak == 700 * 1024
