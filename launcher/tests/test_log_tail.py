from pathlib import Path

from launcher.log_tail import LogTail


def test_only_what_came_later_is_shown(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("yesterday\n")
    tail = LogTail(log)
    assert tail.lines() == []
    with log.open("a") as file:
        file.write("today\n")
    assert tail.lines() == ["today"]


def test_last_lines_are_shown(tmp_path: Path) -> None:
    log = tmp_path / "log"
    tail = LogTail(log)
    log.write_text("".join(f"line {n}\n" for n in range(10_000)))
    assert tail.lines(2) == ["line 9998", "line 9999"]


def test_rotated_file_is_new_altogether(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("long before\n" * 10)
    tail = LogTail(log)
    log.write_text("after\n")
    assert tail.lines() == ["after"]


def test_missing_file_has_no_lines(tmp_path: Path) -> None:
    assert LogTail(tmp_path / "none").lines() == []


def test_bytes_that_are_no_text_do_no_harm(tmp_path: Path) -> None:
    log = tmp_path / "log"
    tail = LogTail(log)
    log.write_bytes(b"\xff\xfe!\n")
    assert len(tail.lines()) == 1
