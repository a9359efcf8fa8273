"""Every line of the doctor with its fault injected: what it says and the cure it names."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from pathlib import Path

import pytest

from app.doctor import assets, cameras, graphics, libraries, opencv, pip, system
from app.doctor.check import Check
from app.doctor.probe import ProbeError
from segmentation.engines import cache
from segmentation.engines.cache import EngineCache

GPU = "NVIDIA GeForce RTX 4090, 580.65"
TORCH = {"installed": True, "version": "2.13.0+cpu", "cuda": None, "hip": None, "threads": 2, "gpus": []}
TORCH_CUDA = TORCH | {"version": "2.13.0+cu130", "cuda": "13.0"}
TORCH_GPU = TORCH_CUDA | {
    "gpus": [{"name": "NVIDIA H200", "memory_gib": 139.8, "capability": "9.0"}],
    "gpu_trouble": None,
}
NO_KERNELS = {"gpu_trouble": "CUDA error: no kernel image is available for execution on the device"}
CAMERA = {"name": "Intel RealSense D435", "serial": "012", "firmware": "5.16.0.1", "usb_type": "3.2"}


class Answers(dict):
    """Stands in for Probes: an exception among the answers is raised, as a child's failure would be."""

    def __getitem__(self, name):
        answer = super().__getitem__(name)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def plain_pip(monkeypatch):
    monkeypatch.setattr(pip, "_pip", lambda: "pip")


@pytest.fixture
def wheels(monkeypatch):
    """Say which distributions pip knows of."""

    def install(*names):
        def distribution(name):
            if name not in names:
                raise metadata.PackageNotFoundError(name)

        monkeypatch.setattr(opencv.metadata, "distribution", distribution)

    return install


def opencv_answer(gui="QT5"):
    return {"installed": True, "version": "5.0.0", "gui": gui}


REINSTALL = "pip install --force-reinstall --no-deps opencv-python"


@pytest.mark.parametrize(
    ("installed", "answer", "state", "found", "cure"),
    [
        (["opencv-python"], opencv_answer(), "ok", "windows by QT5", ""),
        (
            ["opencv-python", "opencv-python-headless"],
            opencv_answer(),
            "ok",
            "headless wheel is installed too",
            REINSTALL,
        ),
        (
            ["opencv-python", "opencv-python-headless"],
            opencv_answer("NONE"),
            "warning",
            "headless lies on top",
            REINSTALL,
        ),
        (["opencv-python-headless"], opencv_answer("NONE"), "warning", "cannot open windows", REINSTALL),
        (["opencv-python"], opencv_answer("NONE"), "warning", "built without windows", REINSTALL),
        (
            ["opencv-python"],
            ProbeError("AttributeError: module 'cv2' has no attribute 'getBuildInformation'"),
            "fail",
            "broken",
            REINSTALL,
        ),
        (["opencv-python"], {"installed": False}, "fail", "not installed", REINSTALL),
        ([], {"installed": False}, "fail", "not installed", "pip install opencv-python"),
        (
            ["opencv-python"],
            ProbeError("ImportError: libGL.so.1: cannot open shared object file: No such file or directory"),
            "fail",
            "libGL.so.1",
            "sudo apt-get install -y libgl1",
        ),
    ],
)
def test_opencv(wheels, installed, answer, state, found, cure):
    wheels(*installed)
    check = opencv.check_opencv(Answers(opencv=answer))
    assert check.state == state
    assert found in check.found
    assert check.cure.endswith(cure)
    assert bool(check.cure) == bool(cure)


def test_codecs_are_reported_as_they_open():
    good = opencv.check_codecs(Answers(codecs={"mp4v": True, "avc1": False}))
    assert (good.state, good.cure) == ("ok", "")
    assert "avc1) does not open" in good.found
    assert opencv.check_codecs(Answers(codecs={"mp4v": False, "avc1": False})).state == "fail"


@pytest.mark.parametrize(
    ("answer", "has_wheel", "state", "found", "cure"),
    [
        ({"installed": True, "version": "2.59.1"}, True, "ok", "2.59.1", ""),
        ({"installed": False}, True, "absent", "extra: realsense", "pip install pyrealsense2"),
        ({"installed": False}, False, "absent", "no wheel for", "play without it"),
        (
            ProbeError("ImportError: libusb-1.0.so.0: cannot open shared object file: No such file or directory"),
            True,
            "fail",
            "recordings still play",
            "sudo apt-get install -y libusb-1.0-0",
        ),
        (ProbeError("the process was killed by SIGSEGV"), True, "fail", "SIGSEGV", "--no-deps pyrealsense2"),
    ],
)
def test_realsense_sdk(monkeypatch, answer, has_wheel, state, found, cure):
    monkeypatch.setattr(libraries, "has_sdk_wheel", lambda: has_wheel)
    check = libraries.check_realsense_sdk(Answers(pyrealsense2=answer))
    assert check.state == state
    assert found in check.found
    assert check.cure.endswith(cure)


@pytest.mark.parametrize(
    ("platform_name", "machine", "python", "expected"),
    [
        ("linux", "x86_64", (3, 14), True),
        ("linux", "aarch64", (3, 10), True),
        ("linux", "aarch64", (3, 11), False),
        ("linux", "aarch64", (3, 12), True),
        ("linux", "armv7l", (3, 12), False),
        ("win32", "AMD64", (3, 13), True),
        ("darwin", "arm64", (3, 12), False),
    ],
)
def test_where_the_sdk_has_a_wheel(monkeypatch, platform_name, machine, python, expected):
    monkeypatch.setattr(sys, "platform", platform_name)
    monkeypatch.setattr(sys, "version_info", (*python, 0, "final", 0))
    monkeypatch.setattr(libraries.platform, "machine", lambda: machine)
    assert libraries.has_sdk_wheel() == expected


@pytest.mark.parametrize("module", libraries.NEEDED)
def test_a_needed_library_fails_where_it_is_missing_or_broken(module):
    package = libraries.NEEDED[module]
    missing = libraries.check_needed(Answers({module: {"installed": False}}), module)
    assert missing == Check(package, "fail", "not installed", f"pip install {package}")
    broken = libraries.check_needed(Answers({module: ProbeError("ImportError: numpy.core")}), module)
    assert (broken.state, broken.cure) == ("fail", f"pip install --force-reinstall --no-deps {package}")


@pytest.mark.parametrize("module", libraries.OPTIONAL)
def test_an_optional_library_may_be_absent_and_says_what_it_is_for(module):
    check = libraries.check_optional(Answers({module: {"installed": False}}), module)
    assert check.state == "absent"
    assert libraries.OPTIONAL[module] in check.found
    package = f"'rgbd-live[{libraries.EXTRAS[module]}]'" if module in libraries.EXTRAS else module
    assert check.cure.endswith(f"pip install {package}")


def test_the_extras_that_doctor_names_are_ours():
    project = (Path(__file__).parents[2] / "pyproject.toml").read_text()
    assert [extra for extra in libraries.EXTRAS.values() if f"\n{extra} = [" not in project] == []


@pytest.mark.parametrize(
    ("answer", "state", "found"),
    [
        (TORCH, "ok", "2.13.0+cpu, CPU build, 2 CPU threads"),
        (TORCH_CUDA, "ok", "CUDA 13.0 build"),
        ({"installed": False}, "fail", "not installed"),
        (ProbeError("OSError: libc10.so: undefined symbol"), "fail", "undefined symbol"),
    ],
)
def test_torch(answer, state, found):
    check = libraries.check_torch(Answers(torch=answer))
    assert check.state == state
    assert found in check.found


@pytest.mark.parametrize(
    ("torch", "nvidia", "state", "found", "cure"),
    [
        (TORCH_GPU, {"gpus": [GPU]}, "ok", "NVIDIA H200, 140 GiB, compute 9.0", ""),
        (TORCH_GPU | NO_KERNELS, {"gpus": [GPU]}, "warning", "no kernel image", "install a torch build"),
        (TORCH, {"gpus": []}, "absent", "no NVIDIA driver", "not needed"),
        (TORCH_CUDA, {"gpus": []}, "absent", "no NVIDIA driver", "not needed"),
        (TORCH, {"gpus": [GPU]}, "warning", "CPU build", "pip uninstall -y torch && pip install torch==2.13.0"),
        (TORCH_CUDA, {"gpus": [GPU]}, "warning", "cannot use it", "update the NVIDIA driver"),
        (TORCH, ProbeError("Driver/library version mismatch"), "warning", "version mismatch", "reboot"),
        ({"installed": False}, {"gpus": [GPU]}, "warning", "torch is not installed", "pip install torch"),
        (ProbeError("OSError: libc10.so"), {"gpus": [GPU]}, "warning", "torch does not work", "see torch"),
    ],
)
def test_gpu(monkeypatch, torch, nvidia, state, found, cure):
    monkeypatch.setattr(sys, "platform", "linux")
    check = graphics.check_gpu(Answers(torch=torch, nvidia=nvidia))
    assert check.state == state
    assert found in check.found
    assert check.cure.startswith(cure)


def test_a_broken_nvidia_smi_is_reported_with_its_own_words(monkeypatch, tmp_path):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'Failed to initialize NVML: Driver/library version mismatch'\nexit 18\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(ProbeError, match="version mismatch"):
        graphics.ask_nvidia()
    tool.write_text("#!/bin/sh\necho 'NVIDIA H200, 580.65'\n")
    assert graphics.ask_nvidia() == {"gpus": ["NVIDIA H200, 580.65"]}


@pytest.mark.parametrize(
    ("display", "reason", "state", "found", "cure"),
    [
        (":0", None, "ok", "a window opens (DISPLAY=:0)", ""),
        ("", "there is no display; files do", "absent", "there is no display", "files do"),
        (":9", "OpenCV cannot open a window on DISPLAY=:9; it needs X", "warning", "DISPLAY=:9", "it needs X"),
        (":0", "built without windows; cure: pip install x", "warning", "built without windows", "pip install x"),
    ],
)
def test_display(monkeypatch, display, reason, state, found, cure):
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    check = graphics.check_display(Answers(window={"reason": reason}))
    assert (check.state, check.cure) == (state, cure)
    assert found in check.found


def test_vulkan_is_wanted_by_nothing_yet():
    assert graphics.check_vulkan(Answers(vulkan={"loader": True, "devices": ["llvmpipe"]})).state == "ok"
    for answer, found in (
        ({"loader": False, "devices": []}, "no loader"),
        ({"loader": True, "devices": []}, "no driver"),
    ):
        check = graphics.check_vulkan(Answers(vulkan=answer))
        assert check.state == "absent"
        assert found in check.found
        assert "mesa-vulkan-drivers libvulkan1" in check.cure


@pytest.fixture
def usb(monkeypatch, tmp_path):
    """A /sys/bus/usb/devices with a camera and its neighbours, and no udev rules."""

    def plug(*devices):
        for number, attributes in enumerate(devices):
            folder = tmp_path / "usb" / f"1-{number}"
            folder.mkdir(parents=True)
            for name, value in attributes.items():
                (folder / name).write_text(f"{value}\n")

    (tmp_path / "nodes").mkdir()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(cameras, "USB_DEVICES", tmp_path / "usb")
    monkeypatch.setattr(cameras, "USB_NODES", tmp_path / "nodes")
    monkeypatch.setattr(cameras, "RULES_FOLDERS", (tmp_path / "rules.d",))
    return plug


D435 = {"idVendor": "8086", "idProduct": "0b07", "product": "Intel(R) RealSense(TM) Depth Camera 435", "speed": "5000"}
OTHERS = (
    {"idVendor": "8087", "idProduct": "0a2b", "speed": "12"},
    {"idVendor": "8086", "idProduct": "15ec", "product": "hub"},
    {"idVendor": "1d6b", "idProduct": "0003", "product": "xHCI Host Controller"},
    {},
)


def test_only_realsense_cameras_are_taken_for_realsense_cameras(usb):
    assert cameras.realsense_on_bus() == []
    usb(*OTHERS, D435, {"idVendor": "8086", "idProduct": "0b5b", "speed": "nonsense"})
    assert [device.speed_mbps for device in cameras.realsense_on_bus()] == [5000, 0]


def test_cameras_are_described_and_usb2_is_warned_of():
    fine = cameras.check_cameras(Answers(cameras={"cameras": [CAMERA]}))
    assert fine.state == "ok"
    for part in ("D435", "serial 012", "firmware 5.16.0.1", "USB 3.2"):
        assert part in fine.found
    slow = cameras.check_cameras(Answers(cameras={"cameras": [CAMERA | {"usb_type": "2.1"}]}))
    assert slow.state == "warning"
    assert "USB 2 allows small sizes and low rates only" in slow.found
    assert "USB 3 port" in slow.cure


def test_no_camera_is_no_fault(usb):
    none = Answers(cameras={"cameras": []})
    assert cameras.check_cameras(none).state == "absent"
    assert cameras.check_rights(none).state == "absent"


def test_a_camera_on_the_bus_that_cannot_be_opened_gets_the_udev_cure(usb):
    usb(*OTHERS, D435)
    answers = Answers(cameras={"cameras": []})
    assert cameras.check_cameras(answers).state == "warning"
    check = cameras.check_rights(answers)
    assert check.state == "warning"
    assert "RealSense(TM) Depth Camera 435" in check.found
    assert "udevadm control --reload-rules" in check.cure


def test_a_camera_that_a_container_does_not_hand_in(usb):
    usb(D435)
    cameras.USB_NODES.rmdir()
    check = cameras.check_rights(Answers(cameras={"cameras": []}))
    assert check.cure == cameras.CONTAINER_CURE


def test_a_camera_without_the_sdk(usb):
    missing = Answers(cameras=ProbeError("MissingLibraryError: pyrealsense2 is not installed"))
    assert cameras.check_cameras(missing).state == "absent"
    usb(D435)
    check = cameras.check_cameras(missing)
    assert (check.state, check.cure) == ("fail", "see pyrealsense2")
    rights = cameras.check_rights(missing)  # nobody knows whether it could be opened
    assert rights.state == "absent"


def test_udev_rules_are_found(usb, tmp_path):
    (tmp_path / "rules.d").mkdir()
    rules = tmp_path / "rules.d" / "60-librealsense2-udev-rules.rules"
    rules.touch()
    check = cameras.check_rights(Answers(cameras={"cameras": []}))
    assert (check.state, str(rules) in check.found) == ("ok", True)


@pytest.mark.parametrize(
    ("libc", "state"), [(("glibc", "2.36"), "ok"), (("glibc", "2.31"), "warning"), (("", ""), "warning")]
)
def test_c_library(monkeypatch, libc, state):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(system.platform, "libc_ver", lambda: libc)
    assert system.check_libc(Answers()).state == state


@pytest.mark.parametrize(("free_gb", "state"), [(80, "ok"), (2, "warning"), (0.01, "fail")])
def test_disk(monkeypatch, tmp_path, free_gb, state):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(system.shutil, "disk_usage", lambda _: type("Usage", (), {"free": free_gb * 1e9}))
    assert system.check_disk(Answers()).state == state


def test_a_folder_that_cannot_be_written(monkeypatch, tmp_path):
    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(system.tempfile, "TemporaryFile", refuse)
    for check in (system.check_disk(Answers()), system.check_cache(Answers()), system.check_weights(Answers())):
        assert check.state == "warning"
        assert "Permission denied" in check.found


def test_the_engine_cache_says_how_much_it_holds(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    empty = system.check_cache(Answers())
    assert (empty.state, empty.found.partition(",")[0]) == ("ok", "empty")
    assert list(tmp_path.iterdir()) == []  # looking makes nothing
    cache = EngineCache()
    for kind in ("graph", "openvino"):
        cache.obtain({"kind": kind}, lambda folder: (folder / "f").write_bytes(bytes(3_000_000)), lambda folder: None)
    full = system.check_cache(Answers())
    assert full.state == "ok"
    assert full.found.startswith("2 entries, 6 MB of at most 4.3 GB")
    assert str(cache.folder) in full.found


@pytest.mark.skipif(os.name != "posix", reason="a matter of POSIX modes")
def test_an_engine_cache_that_others_can_write_to(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    EngineCache().folder.chmod(0o777)
    check = system.check_cache(Answers())
    assert check.state == "warning"
    assert "chmod go-w" in check.found
    assert "XDG_CACHE_HOME" in check.cure


def test_an_engine_cache_without_a_home(monkeypatch):
    monkeypatch.setattr(cache, "cache_folder", lambda: Path("~/.cache/rgbd-live/engines"))
    check = system.check_cache(Answers())
    assert check.state == "warning"
    assert "no home folder" in check.found


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"TORCH_HOME": "/a/b"}, "/a/b"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/torch"),
        ({}, str(Path.home() / ".cache" / "torch")),
    ],
)
def test_weights_are_kept_where_torch_keeps_them(monkeypatch, environment, folder):
    for name in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert str(system.weights_folder()) == folder


def test_an_old_python(monkeypatch):
    assert system.check_python(Answers()).state == "ok"
    monkeypatch.setattr(sys, "version_info", (3, 9, 0, "final", 0))
    assert system.check_python(Answers()).state == "fail"


def test_an_untrained_model_is_said_to_be_untrained():
    answer = {"name": "m", "trained": False, "engine": "torch", "device": "cpu", "precision": "fp32", "reason": "best"}
    check = assets.check_model(Answers(model=answer))
    assert (check.state, "UNTRAINED" in check.found) == ("warning", True)
    assert assets.check_model(Answers(model=answer | {"trained": True})).state == "ok"
    assert assets.check_model(Answers(model=ProbeError("no"))).state == "fail"


def test_the_model_line_says_which_engine_it_runs_on_and_why():
    answer = {"name": "m", "trained": True, "engine": "torch", "device": "cpu", "precision": "fp32"}
    check = assets.check_model(Answers(model=answer | {"reason": "instead of openvino: graph is not prepared yet"}))
    assert check.found == "m runs: torch on cpu, fp32: instead of openvino: graph is not prepared yet"


def test_a_demo_that_does_not_play():
    assert assets.check_demo(Answers(demo={"name": "demo.db3", "size": [640, 480]})).state == "ok"
    assert assets.check_demo(Answers(demo=ProbeError("demo.db3 does not exist"))).state == "fail"


def test_a_line_that_is_not_ok_has_a_cure():
    with pytest.raises(ValueError, match="needs a cure"):
        Check("x", "warning", "found")
    with pytest.raises(ValueError, match="expected one of"):
        Check("x", "good", "found")
