"""What preparing a data set costs and what reading the prepared form costs training: CPU time, memory, disk.

Downloads of a few samples at the official image sizes are made first; the times of 1,000 samples are extrapolated.
"""

from __future__ import annotations

import statistics
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from _measure import print_heading

from console.interrupt import Interrupt
from console.say import name_program
from sensors.cores import usable_cores
from sensors.prepared import PreparedIndex, read_index
from training.jobs.pool import in_processes
from training.prepare.command import PrepareOptions, run
from training.prepare.readers import open_reader
from training.prepare.source import Request
from training.prepare.steps.work import Fault, Job

SAMPLES = {"sunrgbd": 24, "nyuv2": 24, "cityscapes": 8}
CHUNKS = (1, 12)  # frames that share a compressed chunk of NYUDv2's file
INPUT_SIZE = (320, 240)
REPEATS = 3
SUN_SAMPLES, FILES_A_SAMPLE = 10_335, 14  # about as many as the real archive lists
Measured = tuple[float, float, float]

# What only the main process needs is imported in functions: the others' memory is measured.


def work(task: tuple[str, Path, Path]) -> Iterator[Measured]:
    """In a process of its own: CPU-s a sample of reading, of reading and writing, and the peak of its memory in MB."""
    dataset, source, out = task
    request = Request(dataset, source, out / "scratch")
    reader = open_reader(request)
    entries = [entry for entry in reader.entries() if not entry.missing]
    reader.read(entries[0])
    started_s = time.process_time()
    for entry in entries[1:]:
        reader.read(entry)
    read_s = (time.process_time() - started_s) / (len(entries) - 1)
    job = Job(request, open_reader, out)
    list(job((entries[0],)))
    started_s = time.process_time()
    results = list(job(tuple(entries[1:])))
    whole_s = (time.process_time() - started_s) / (len(entries) - 1)
    assert not any(isinstance(result, Fault) for result in results), results
    yield read_s, whole_s, peak_mb()


def peak_mb() -> float:
    """The most memory that this process has had. Not getrusage's, which begins with what the parent had."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


def print_preparing(name: str, dataset: str, source: Path, folder: Path) -> PreparedIndex:
    """One line of costs; returns what the command makes of the same download."""
    runs = [next(in_processes(work, [(dataset, source, folder / f"{name}-{n}")], processes=1)) for n in range(REPEATS)]
    read_s, whole_s, memory_mb = (statistics.median(column) for column in zip(*runs, strict=True))
    out = folder / f"{name}-ready"
    run(PrepareOptions(dataset=dataset, source=source, out=out, workers=1, partial=True), Interrupt())
    index = read_index(out)
    files = [path.stat().st_size for path in out.rglob("*") if path.suffix in (".png", ".jpg")]
    camera = index.samples[0].intrinsics
    size = f"{camera.width}x{camera.height}"
    print(
        f"  {name:24s} {size:10s} {1e3 * read_s:8.0f} {1e3 * whole_s:8.0f} {memory_mb:8.0f}"
        f" {sum(files) / len(index.samples) / 1e6:8.2f}"
    )
    return index


def list_archive(task: tuple[Path]) -> Iterator[tuple[float, float]]:
    """In a process of its own: seconds to list an archive of SUN RGB-D's length, and the peak of its memory in MB."""
    from training.prepare.archive import open_tree
    from training.prepare.sunrgbd.samples import is_wanted

    before_mb, started_s = peak_mb(), time.process_time()
    open_tree(task[0], "SUNRGBD", "SUNRGBD.zip", is_wanted, known_by="samples").identity()
    yield time.process_time() - started_s, peak_mb() - before_mb


def print_listing(folder: Path) -> None:
    """What the main process needs besides."""
    place = "SUNRGBD/kv2/kinect2data/{:06d}_2014-05-26_14-23-37_260595134347/{}/{}.png"
    kinds = ("image", "depth", "depth_bfx", "fullres")
    with zipfile.ZipFile(folder / "SUNRGBD.zip", "w") as archive:
        for number in range(SUN_SAMPLES):
            for file in range(FILES_A_SAMPLE):
                archive.writestr(place.format(number, kinds[file % len(kinds)], file), b"")
    taken_s, more_mb = next(in_processes(list_archive, [(folder,)], processes=1))
    files = SUN_SAMPLES * FILES_A_SAMPLE
    print(f"listing an archive of {files:,} files: {taken_s:.1f} CPU-s, {more_mb:.0f} MB more in the main process")


def print_reading(indices: dict[str, PreparedIndex]) -> None:
    """CPU-ms a sample of what training's workers do with the prepared form."""
    from training.augment import build_augmentation
    from training.datasets import SegmentationDataset

    print(f"reading the prepared form, CPU-ms a sample in one process: decode, and all until {INPUT_SIZE} tensors")
    for name, index in indices.items():
        dataset = SegmentationDataset(
            index,
            [sample for sample in index.samples if sample.split != "test"],
            num_classes=40,
            input_size=INPUT_SIZE,
            augment=build_augmentation("strong", INPUT_SIZE),
        )
        decode_ms = cpu_ms(lambda n, index=index: index.read(index.samples[n]), len(index.samples))
        item_ms = cpu_ms(lambda n, dataset=dataset: dataset[n], len(dataset))
        print(f"  {name:24s} {decode_ms:8.1f} {item_ms:8.1f}   {1e3 / item_ms:6.0f} samples/s and core")


def cpu_ms(way: Callable[[int], object], count: int) -> float:
    """The mean over all samples, each the median of its turns."""
    taken_ms: list[list[float]] = [[] for _ in range(count)]
    way(0)
    for _ in range(REPEATS):
        for number in range(count):
            started_s = time.process_time()
            way(number)
            taken_ms[number].append(1e3 * (time.process_time() - started_s))
    return statistics.mean(statistics.median(taken) for taken in taken_ms)


def main() -> None:
    from _downloads import CITY_SIZE, NYU_SIZE, city_download, nyu_download, rooms_at, sun_download

    name_program("rgbd-train")
    workers = usable_cores()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rooms = rooms_at(folder / "rooms", NYU_SIZE, SAMPLES["nyuv2"], workers)
        streets = rooms_at(folder / "streets", CITY_SIZE, SAMPLES["cityscapes"], workers)
        sources = {
            "sunrgbd": sun_download(folder / "sunrgbd", SAMPLES["sunrgbd"], workers),
            **{f"nyuv2, {n} a chunk": nyu_download(folder / f"nyuv2-{n}", rooms, n) for n in CHUNKS},
            "cityscapes": city_download(folder / "cityscapes", streets),
        }
        print_heading("preparing data sets, one process", threads=1)
        print(
            "made for this at the official sizes; CPU-s for 1,000 samples: read, read and write; peak MB; MB a sample"
        )
        indices = {key: print_preparing(key, key.partition(",")[0], source, folder) for key, source in sources.items()}
        print_listing(folder)
        print_reading({key: index for key, index in indices.items() if not key.startswith("nyuv2, 12")})


if __name__ == "__main__":
    main()
