"""A tree of files that is either an unpacked folder or a zip archive as downloaded, which is read in place."""

from __future__ import annotations

import contextlib
import hashlib
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from sensors.errors import PreparedDataError, one_line
from training.prepare.member import Member, Packed, file_member

READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1  # of a file's flag bits
SHOWN = 3  # of the names in an archive that is not the wanted one


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """The files that are wanted of a folder or archive, by name. origin: the folder or the archive."""

    origin: Path
    members: Mapping[str, Member]

    def get(self, name: str) -> Member:
        """The file of this name. Raises PreparedDataError where there is none."""
        if name not in self.members:
            raise PreparedDataError(f"{self.origin}: has no {name}; unpack or download it again, whole")
        return self.members[name]

    def identity(self, *, by_content: Iterable[str] = ()) -> str:
        """Another one whenever a file is another one: by name, size, and checksum or else time of change.

        by_content: names of files of an unpacked folder whose content is looked at instead of their time.
        """
        contents = set(by_content)
        digest = hashlib.sha256()
        for name, member in sorted(self.members.items()):
            digest.update(f"{name}\0{member.size}\0{_version(member, name in contents)}\n".encode())
        return digest.hexdigest()[:16]


def open_tree(source: Path, top: str, archive: str, wanted: Callable[[str], bool], *, known_by: str) -> Tree:
    """The wanted files below source/top, or in source/archive, which holds the folder `top`; names begin with top.

    wanted: told a file's name, whether to keep it in mind. known_by: what the tree is called by in messages, such as
    "SUNRGBD/kv1, kv2, realsense or xtion". Raises PreparedDataError where neither is there, the archive is damaged, or
    nothing in it is wanted.
    """
    if (path := source / archive).is_file():
        members, others = _zip_members(path, wanted)
    elif (path := source / top).is_dir():
        members, others = _folder_members(source, top, wanted)
    else:
        raise PreparedDataError(f"{source}: has neither {archive} nor {top}/; download {archive} into it")
    if not members:
        begins = f"it begins with {', '.join(others)}" if others else "it is empty"
        raise PreparedDataError(f"{path}: holds no {known_by} ({begins}); is it another download?")
    return Tree(path, members)


def _zip_members(path: Path, wanted: Callable[[str], bool]) -> tuple[dict[str, Member], list[str]]:
    """The wanted files, and the names of the first few others."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, EOFError, struct.error, NotImplementedError) as error:
        size = f"{path.stat().st_size:,} bytes"
        raise PreparedDataError(
            f"{path}: is cut off or no zip archive ({size}; {one_line(error)}); download it again"
        ) from error
    except OSError as error:
        raise PreparedDataError(f"{path}: cannot be read ({error.strerror})") from error
    members = {info.filename: _packed_member(path, info) for info in files if wanted(info.filename)}
    others = (info.filename for info in files if info.filename not in members)
    return members, list(islice(others, SHOWN))


def _packed_member(path: Path, info: zipfile.ZipInfo) -> Member:
    if info.compress_type not in READABLE or info.flag_bits & ENCRYPTED:
        raise PreparedDataError(f"{path}: {info.filename} is packed in a way that cannot be read; unpack the archive")
    packed = Packed(info.header_offset, info.compress_size, info.compress_type, info.CRC)
    return Member(path, info.filename, info.file_size, packed)


def _folder_members(source: Path, top: str, wanted: Callable[[str], bool]) -> tuple[dict[str, Member], list[str]]:
    members: dict[str, Member] = {}
    others: list[str] = []
    for folder, _, names in os.walk(source / top):
        relative = Path(folder).relative_to(source).as_posix()
        for name in names:
            full = f"{relative}/{name}"
            if not wanted(full):
                others.append(full)
                continue
            with contextlib.suppress(OSError):  # of a link that leads nowhere: as good as missing
                members[full] = file_member(Path(folder, name), full)
    return members, sorted(others)[:SHOWN]


def _version(member: Member, by_content: bool) -> str:
    if member.packed is not None:
        return f"{member.packed.checksum:08x}"
    if not by_content:
        return str(member.changed_s)
    checksum = 0
    for chunk in member.chunks():
        checksum = zlib.crc32(chunk, checksum)
    return f"{checksum:08x}"
