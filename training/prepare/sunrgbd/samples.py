"""Which files belong to a sample, by the listing of the folder or archive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from training.prepare.member import Member
from training.prepare.source import Entry
from training.prepare.sunrgbd.meta import Described
from training.prepare.sunrgbd.paths import CAMERAS

KINDS = COLOR, DEPTH, REFINED, INTRINSICS = ("image", "depth", "depth_bfx", "intrinsics.txt")
Found = Mapping[str, Sequence[Member]]  # by kind


@dataclass(frozen=True, kw_only=True)
class SunRgbdEntry(Entry):
    """An entry with where its files are.

    files: by kind; a kind that is missing has none. labels: the file with all labels. position: of this sample's in it.
    """

    files: Mapping[str, Member]
    labels: Member
    position: int


def is_wanted(name: str) -> bool:
    """Whether a file of the tree, such as "SUNRGBD/kv1/NYUdata/NYU0034/image/NYU0034.jpg", is needed."""
    parts = name.split("/")
    if len(parts) < 5 or parts[0] != "SUNRGBD" or parts[1] not in CAMERAS:
        return False
    return parts[-2] in (COLOR, DEPTH, REFINED) or (parts[-1] == INTRINSICS and parts[-2] != "fullres")


def by_folder(members: Iterable[Member]) -> dict[str, dict[str, list[Member]]]:
    """The files of every sample's folder, such as "kv1/NYUdata/NYU0034", by kind."""
    folders: dict[str, dict[str, list[Member]]] = defaultdict(lambda: defaultdict(list))
    for member in members:
        parts = member.name.split("/")
        kind, end = (INTRINSICS, -1) if parts[-1] == INTRINSICS else (parts[-2], -2)
        folders["/".join(parts[1:end])][kind].append(member)
    return folders


def chosen(found: Found, described: Described | None) -> dict[str, Member]:
    """Of each kind the file that SUNRGBDMeta.mat names, or else the only one."""
    names = _names(described)
    files: dict[str, Member] = {}
    for kind, members in found.items():
        named = [member for member in members if member.name.endswith(f"/{names[kind]}")]
        if named or len(members) == 1:
            files[kind] = (named or members)[0]
    return files


def missing_from(files: Mapping[str, Member], described: Described | None) -> str:
    """What a sample lacks, for Entry.missing."""
    if not files:
        return "files at all"
    lacks = [] if described else ["label (SUNRGBDMeta.mat does not know it)"]
    lacks += [
        name if kind == name else f"{kind}/{name}" for kind, name in _names(described).items() if kind not in files
    ]
    return ", no ".join(lacks)


def _names(described: Described | None) -> dict[str, str]:
    color, depth = (described.color, described.depth) if described else ("*", "*")
    return dict(zip(KINDS, (color, depth, depth, INTRINSICS), strict=True))
