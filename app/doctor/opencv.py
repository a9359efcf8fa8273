"""Which OpenCV won, and what it can write."""

from __future__ import annotations

from importlib import metadata

from app.doctor.check import Check
from app.doctor.libraries import system_library_cure
from app.doctor.pip import pip_install
from app.doctor.probe import ProbeError, Probes

GUI_WHEELS = ("opencv-python", "opencv-contrib-python")
HEADLESS_WHEELS = ("opencv-python-headless", "opencv-contrib-python-headless")
OPENCV_CURE = "--force-reinstall --no-deps opencv-python"


def check_opencv(probes: Probes) -> Check:
    """OpenCV: version, windows, and whether its two wheels fight over the same files."""
    name, cure = "opencv", pip_install(OPENCV_CURE)
    installed = installed_wheels()
    try:
        answer = probes["opencv"]
    except ProbeError as error:
        broken = system_library_cure(str(error))
        return Check(name, "fail", str(error) if broken else f"broken: {error}", broken or cure)
    if not answer["installed"]:
        return Check(name, "fail", "not installed", cure if installed else pip_install("opencv-python"))
    twins = any(wheel in installed for wheel in HEADLESS_WHEELS)
    if answer["gui"] == "NONE":
        reason = "opencv-python-headless lies on top" if twins else "built without windows"
        return Check(name, "warning", f"{answer['version']}, cannot open windows: {reason}", cure)
    found = f"{answer['version']}, windows by {answer['gui']}"
    if twins:  # the wheel unpacked last wins, and uninstalling either takes the other's files along
        return Check(name, "ok", f"{found}; the headless wheel is installed too", f"if windows stop working: {cure}")
    return Check(name, "ok", found)


def installed_wheels() -> set[str]:
    """Which of OpenCV's four wheels pip knows of."""
    wheels = set()
    for wheel in (*GUI_WHEELS, *HEADLESS_WHEELS):
        try:
            metadata.distribution(wheel)
        except metadata.PackageNotFoundError:
            continue
        wheels.add(wheel)
    return wheels


def check_codecs(probes: Probes) -> Check:
    """The codecs that really write and read back, whatever the build's papers say."""
    answer = probes["codecs"]
    if not answer["mp4v"]:
        return Check("video", "fail", "mp4v does not open: --save-video cannot work", pip_install(OPENCV_CURE))
    h264 = "H.264 (avc1) too" if answer["avc1"] else "OpenCV's H.264 (avc1) does not open; PyAV writes it (see av)"
    return Check("video", "ok", f"mp4v writes and reads back; {h264}")
