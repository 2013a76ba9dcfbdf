"""Files and folders that are there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gridctl.errors import UsageError
from gridctl.store.whole import whole_file, whole_folder

GONE = 2**22 + 1  # above any process id


def anything(_: Path) -> bool:
    return True


def test_a_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    with whole_file(target) as building:
        building.write_text("all of it")
        assert not target.exists()
    assert target.read_text() == "all of it"
    assert os.listdir(tmp_path) == ["out.txt"]


def test_no_folder_is_made_on_the_way(tmp_path: Path) -> None:
    target = tmp_path / "not-mounted" / "out"
    says = f"cannot write {target}: there is no folder {target.parent}"
    with pytest.raises(UsageError, match=says), whole_file(target):
        pytest.fail("nothing is to be written")
    with pytest.raises(UsageError, match=says), whole_folder(target, is_replaceable=anything):
        pytest.fail("nothing is to be written")
    assert os.listdir(tmp_path) == []


def test_a_file_is_as_it_was_when_the_block_fails(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("before")
    with pytest.raises(UnicodeEncodeError), whole_file(target, overwrite=True) as building:
        building.write_text("half, then \ud800", encoding="utf-8")
    assert target.read_text() == "before"
    assert os.listdir(tmp_path) == ["out.txt"]


def test_a_link_goes_on_pointing_at_its_file(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("before")
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    with whole_file(tmp_path / "link.txt", overwrite=True) as building:
        building.write_text("after")
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "after"


@pytest.mark.parametrize("target", ["folder", "/dev/null", "file/below"])
def test_what_no_file_can_be_written_at_is_refused(tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError), whole_file(tmp_path / target, overwrite=True) as building:
        building.write_text("x")


def test_a_folder_is_replaced_in_one_step(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for name in ("one", "two"):
        with whole_folder(target, overwrite=True, is_replaceable=anything) as building:
            (building / name).write_text(name)
    assert os.listdir(target) == ["two"]
    assert os.listdir(tmp_path) == ["out"]


def test_a_folder_is_as_it_was_when_the_last_step_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    target.mkdir()
    (target / "before").write_text("")
    rename = os.rename

    def failing(source: Path, place: Path) -> None:
        if Path(source).name == "new":
            raise OSError(28, "No space left on device")
        rename(source, place)

    monkeypatch.setattr("os.rename", failing)
    with (
        pytest.raises(UsageError, match="No space"),
        whole_folder(target, overwrite=True, is_replaceable=anything),
    ):
        pass
    assert os.listdir(target) == ["before"]
    assert os.listdir(tmp_path) == ["out"]


def test_a_folder_killed_between_the_two_steps_is_put_back(tmp_path: Path) -> None:
    abandoned = tmp_path / f".out.{GONE}.abc.new"
    (abandoned / "old").mkdir(parents=True)
    (abandoned / "old" / "before").write_text("")
    target = tmp_path / "out"
    with (
        pytest.raises(UsageError, match="not empty"),
        whole_folder(target, is_replaceable=anything),
    ):
        pass
    assert os.listdir(target) == ["before"]
    assert os.listdir(tmp_path) == ["out"]


def test_what_others_are_building_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / f".out.{os.getppid()}.abc.new"
    unrelated = tmp_path / f".out.txt.{GONE}.abc.new"
    theirs.mkdir()
    unrelated.mkdir()
    with whole_file(tmp_path / "out") as building:
        building.write_text("")
    assert set(os.listdir(tmp_path)) == {"out", theirs.name, unrelated.name}


def test_a_name_full_of_signs_is_only_a_name(tmp_path: Path) -> None:
    target = tmp_path / "o[u]t*'é.txt"
    (tmp_path / f".{target.name}.{GONE}.abc.new").mkdir()
    with whole_file(target) as building:
        building.write_text("x")
    assert os.listdir(tmp_path) == [target.name]


def write(*files: Path) -> None:
    for file in files:
        file.parent.mkdir(exist_ok=True)
        file.write_text(file.name)


def test_of_two_at_once_the_slower_replaces_nothing(tmp_path: Path) -> None:
    file, folder = tmp_path / "file", tmp_path / "folder"
    with pytest.raises(UsageError, match="exists"), whole_file(file) as building:
        write(building, file)
    with (
        pytest.raises(UsageError, match="not empty"),
        whole_folder(folder, is_replaceable=anything) as building,
    ):
        write(building / "slower", folder / "quicker")
    assert os.listdir(folder) == ["quicker"]
