"""A file of a data set, by itself or in a zip archive, which any process reads without the archive's list of files.

That list takes seconds and hundreds of megabytes for 10,000 samples: too much for every process that reads some.
"""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sensors.errors import PreparedDataError

LOCAL_HEADER = struct.Struct("<4s22xHH")  # PKWARE's APPNOTE.TXT, 4.3.7: signature, ..., lengths of name and extra field
LOCAL_SIGNATURE = b"PK\3\4"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Packed:
    """Where a file lies in a zip archive. offset: of its local header. size: packed, in bytes."""

    offset: int
    size: int
    method: int
    checksum: int


@dataclass(frozen=True, slots=True)
class Member:
    """A file of a tree.

    path: its own, or the archive's. name: in the tree, with "/". size: unpacked, in bytes. changed_s: of a file by
    itself, when, in whole seconds since 1970.
    """

    path: Path
    name: str
    size: int
    packed: Packed | None = None
    changed_s: int = 0

    def __str__(self) -> str:
        return str(self.path) if self.packed is None else f"{self.path}: {self.name}"

    def read(self) -> bytes:
        """All of it. Raises PreparedDataError where it cannot be read or is damaged."""
        return b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """The same, piece by piece; damage shows at the end at the latest."""
        try:
            with self.path.open("rb") as file:
                if self.packed is None:
                    yield from iter(lambda: file.read(CHUNK), b"")
                else:
                    yield from self._checked(self.packed, file)
        except OSError as error:
            raise PreparedDataError(f"{self}: cannot be read ({error.strerror})") from error
        except zlib.error as error:
            raise PreparedDataError(self._damage()) from error

    def _checked(self, packed: Packed, file: IO[bytes]) -> Iterator[bytes]:
        file.seek(packed.offset)
        header = file.read(LOCAL_HEADER.size)
        if len(header) < LOCAL_HEADER.size or not header.startswith(LOCAL_SIGNATURE):
            raise PreparedDataError(self._damage())
        _, name_bytes, extra_bytes = LOCAL_HEADER.unpack(header)
        file.seek(name_bytes + extra_bytes, os.SEEK_CUR)
        size = checksum = 0
        for chunk in _unpacked(file, packed):
            size, checksum = size + len(chunk), zlib.crc32(chunk, checksum)
            yield chunk
        if (size, checksum) != (self.size, packed.checksum):
            raise PreparedDataError(self._damage())

    def _damage(self) -> str:
        return f"{self}: is damaged in the archive; download {self.path.name} again"


def file_member(path: Path, name: str) -> Member:
    """A file by itself. Raises OSError where it is not there."""
    facts = path.stat()
    return Member(path, name, facts.st_size, changed_s=int(facts.st_mtime))


def _unpacked(file: IO[bytes], packed: Packed) -> Iterator[bytes]:
    unpack = zlib.decompressobj(-zlib.MAX_WBITS) if packed.method == zipfile.ZIP_DEFLATED else None
    left = packed.size
    while left > 0 and (chunk := file.read(min(CHUNK, left))):
        left -= len(chunk)
        yield chunk if unpack is None else unpack.decompress(chunk)
