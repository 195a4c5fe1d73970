"""Files are there whole or not at all, and nothing is left beside them."""

import os
from errno import ENOSPC
from pathlib import Path
from stat import S_IMODE

import pytest

from events.durable import OWNER, create_file, replace_file


def test_a_file_is_made_with_its_folder_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "in" / "key"
    create_file(file, b"one", mode=OWNER)
    assert file.read_bytes() == b"one"
    assert S_IMODE(file.stat().st_mode) == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_of_two_who_make_a_file_the_first_one_s_stays(tmp_path: Path) -> None:
    file = tmp_path / "key"
    create_file(file, b"one")
    create_file(file, b"two")
    assert file.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint"
    replace_file(file, b"one")
    replace_file(file, b"two")
    assert file.read_bytes() == b"two"
    assert list(tmp_path.iterdir()) == [file]


def test_whoever_is_stopped_before_the_end_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "checkpoint"
    replace_file(file, b"one")

    def full(_: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        replace_file(file, b"two")
    assert file.read_bytes() == b"one"


def test_where_it_cannot_be_written_no_piece_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "checkpoint"
    replace_file(file, b"one")

    def full(_opened: int) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for write in (replace_file, create_file):
        with pytest.raises(OSError, match="No space left"):
            write(file, b"two")
    assert file.read_bytes() == b"one"
    assert list(tmp_path.iterdir()) == [file]
