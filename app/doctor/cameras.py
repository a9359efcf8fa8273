"""Which RealSense cameras there are, how fast their ports are, and whether we may open them."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from app.doctor.check import Check
from app.doctor.probe import Answer, ProbeError, Probes

USB_DEVICES = Path("/sys/bus/usb/devices")
USB_NODES = Path("/dev/bus/usb")
RULES_FOLDERS = tuple(Path(folder) / "udev/rules.d" for folder in ("/etc", "/run", "/usr/lib", "/lib"))
INTEL = "8086"
PRODUCT_PREFIXES = ("0a", "0b")  # Intel's RealSense range of product ids
RULES_FILE = "99-realsense-libusb.rules"
RULES_CURE = (
    f"sudo wget -O /etc/udev/rules.d/{RULES_FILE}"
    f" https://raw.githubusercontent.com/realsenseai/librealsense/master/config/{RULES_FILE}"
    " && sudo udevadm control --reload-rules && sudo udevadm trigger, then replug the camera"
)
CONTAINER_CURE = "hand the USB bus to the container: docker run --device /dev/bus/usb ..."
PLUG_IN = "for live pictures, plug a camera in; the demo, recordings and image folders need none"
USB2_CURE = "use a USB 3 port (blue) and the cable that came with the camera; then replug it"


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """A device as the kernel lists it. speed_mbps: 480 for USB 2, 5000 and more for USB 3."""

    product: str
    speed_mbps: float


def realsense_on_bus() -> list[UsbDevice]:
    """RealSense cameras the kernel sees, whether or not anyone may open them; empty where there is no such list."""
    found = []
    for folder in sorted(USB_DEVICES.glob("*")):
        product = _attribute(folder, "product")
        is_camera = "realsense" in product.lower() or _attribute(folder, "idProduct").startswith(PRODUCT_PREFIXES)
        if _attribute(folder, "idVendor") == INTEL and is_camera:
            found.append(UsbDevice(product or "RealSense camera", _number(_attribute(folder, "speed"))))
    return found


def _attribute(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text(errors="replace").strip()
    except OSError:
        return ""


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def check_cameras(probes: Probes) -> Check:
    """The cameras that the SDK can open, with serial, firmware and USB speed."""
    name, on_bus = "cameras", realsense_on_bus()
    try:
        cameras = probes["cameras"]["cameras"]
    except ProbeError as error:
        return _without_sdk(on_bus, str(error))
    if not cameras:
        if on_bus:
            return Check(
                name, "warning", f"{_products(on_bus)} is plugged in, and cannot be opened", "see camera rights"
            )
        return Check(name, "absent", "no RealSense camera plugged in", PLUG_IN)
    found = "; ".join(_describe(camera) for camera in cameras)
    if any(is_usb2(camera["usb_type"]) for camera in cameras):
        return Check(name, "warning", f"{found}; USB 2 allows small sizes and low rates only", USB2_CURE)
    return Check(name, "ok", found)


def _without_sdk(on_bus: list[UsbDevice], trouble: str) -> Check:
    if "MissingLibraryError" in trouble:
        trouble = "pyrealsense2 is missing or broken"
    if on_bus:
        return Check("cameras", "fail", f"{_products(on_bus)} is plugged in; {trouble}", "see pyrealsense2")
    return Check("cameras", "absent", f"cannot be looked for: {trouble}", "see pyrealsense2")


def _describe(camera: Answer) -> str:
    return (
        f"{camera['name']} (serial {camera['serial']}, firmware {camera['firmware']}, USB {camera['usb_type'] or '?'})"
    )


def _products(devices: list[UsbDevice]) -> str:
    return ", ".join(device.product for device in devices)


def is_usb2(usb_type: str) -> bool:
    """Whether the SDK's port type, such as "2.1" or "3.2", is USB 2."""
    return usb_type.startswith("2")


def check_rights(probes: Probes) -> Check:
    """Whether an ordinary user may open the cameras, on Linux."""
    name = "camera rights"
    if sys.platform != "linux":
        return Check(name, "ok", "nothing to set up on this system")
    on_bus = realsense_on_bus()
    try:
        opened = len(probes["cameras"]["cameras"])
    except ProbeError:
        return Check(name, "absent", "nobody could try", "see cameras")
    if len(on_bus) > opened:
        if not USB_NODES.is_dir():
            return Check(
                name, "warning", f"{_products(on_bus)} is plugged in, but {USB_NODES} is missing", CONTAINER_CURE
            )
        return Check(name, "warning", f"{_products(on_bus)} is plugged in, but cannot be opened", RULES_CURE)
    if rules := udev_rules():
        return Check(name, "ok", f"udev rules {rules}")
    if opened:
        return Check(name, "ok", "no udev rules, and none needed")
    return Check(
        name,
        "absent",
        "no RealSense udev rules",
        "needed only where a camera cannot be opened; this line then tells how",
    )


def udev_rules() -> Path | None:
    """The file that lets ordinary users open RealSense cameras."""
    return next((file for folder in RULES_FOLDERS for file in sorted(folder.glob("*realsense*.rules"))), None)
