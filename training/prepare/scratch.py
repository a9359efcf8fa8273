"""Files of an archive that must be unpacked to be read at any place in them, such as HDF5."""

from __future__ import annotations

from pathlib import Path

from console.atomic import make_folder, output_errors, part_path
from training.prepare.member import Member
from training.prepare.steps.space import check_space


def as_file(member: Member, scratch: Path) -> Path:
    """A file with the member's bytes: itself, or unpacked into scratch, where it is found the next time.

    Raises PreparedDataError where it is damaged, OutputError where there is no room.
    """
    if member.packed is None:
        return member.path
    path = scratch / Path(member.name).name
    if not (path.is_file() and path.stat().st_size == member.size):
        make_folder(scratch)
        check_space(scratch, member.size, f"unpacking {path.name}")
        part = part_path(path)  # the same for every call, so that what a killed one left is written over
        try:
            with output_errors(path), part.open("wb") as file:
                for chunk in member.chunks():
                    file.write(chunk)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    return path
