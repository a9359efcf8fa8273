"""A result whose every pixel is known, a browser view that shows it, and visitors of every kind."""

from __future__ import annotations

import http.client
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from app.controls import Controls
from app.result import Pulse, Result
from app.viewers.context import ViewContext
from app.viewers.web.address import Address, open_address
from app.viewers.web.door import Door
from app.viewers.web.viewer import WebViewer
from segmentation.classes import class_set
from segmentation.result import Segmentation
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics
from sensors.source import SourceStatus

STREAMING = SourceStatus("streaming", "", 0.0)
WIDTH, HEIGHT = 320, 240
CAMERA = CameraIntrinsics(WIDTH, HEIGHT, 280.0, 280.0, 159.5, 119.5)
LEFT, RIGHT = 3, 11  # labels of the two halves
LEFT_M, RIGHT_M = 1.5, 2.0
BLIND = 16  # so many columns at the left have no depth


def two_halves(index: int = 0, *, trained: bool = True) -> Result:
    """Grey; the left half is LEFT at LEFT_M, the right RIGHT at RIGHT_M."""
    labels = np.full((HEIGHT, WIDTH), LEFT, np.uint8)
    labels[:, WIDTH // 2 :] = RIGHT
    depth_m = np.where(labels == LEFT, np.float32(LEFT_M), np.float32(RIGHT_M))
    depth_m[:, :BLIND] = 0
    color = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
    confidence = np.where(labels == LEFT, 0.75, 0.5).astype(np.float16)
    pulse = Pulse(12.5, 40.0, stages_ms={"capture": 1.0, "inference": 30.0, "total": 40.0}, losses={"overwritten": 7})
    frame = Frame(index, index / 30, color, depth_m, CAMERA, index)
    return Result(frame, Segmentation(labels, confidence, class_set("sunrgbd37"), trained), pulse)


@contextmanager
def served(
    folder: Path, *, token: str | None = None, controls: Controls | None = None, map_toggle: Any = None
) -> Iterator[tuple[WebViewer, Address]]:
    """A browser view on any free port."""
    address = open_address("127.0.0.1", 0)
    context = ViewContext(
        title="two halves", model="a <model>", controls=controls or Controls(), saves=folder / "saves", map=map_toggle
    )
    viewer = WebViewer(context, address, Door(token=token, cookie=f"rgbd_live_{address.port}"))
    try:
        yield viewer, address
    finally:
        viewer.close()


def get(address: Address, target: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a GET by a program that is no browser."""
    connection = http.client.HTTPConnection("127.0.0.1", address.port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", target, headers={"Host": f"127.0.0.1:{address.port}", **named})
    response = connection.getresponse()
    told = response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    connection.close()
    return told


def visit(address: Address | int, target: str = "/", **options: Any) -> Any:
    """A websocket as viser's page opens it, to a view or a port; raises what websockets raises where it is refused."""
    import viser
    from websockets.sync.client import connect

    url = f"ws://127.0.0.1:{address if isinstance(address, int) else address.port}{target}"
    return connect(
        url, subprotocols=[f"viser-v{viser.__version__}"], max_size=None, compression=None, **options  # type: ignore[arg-type]
    )  # fmt: skip


def say_hello(visitor: Any) -> None:
    """Tell where the eye is, as viser's page does at once; from then on somebody looks."""
    import msgspec

    eye = {
        "type": "ViewerCameraMessage", "wxyz": (1.0, 0.0, 0.0, 0.0), "position": (0.0, 0.0, -1.0), "fov": 1.0,
        "near": 0.01, "far": 100.0, "image_height": 480, "image_width": 640, "look_at": (0.0, 0.0, 1.0),
        "up_direction": (0.0, -1.0, 0.0),
    }  # fmt: skip
    visitor.send(msgspec.msgpack.encode(eye))


def command(address: Address, name: str, **arguments: object) -> int:
    """The status of a command as the page's script gives it."""
    query = "&".join(f"{key}={value}" for key, value in arguments.items())
    return get(address, f"/do/{name}?{query}", X_Rgbd_Live="1")[0]


def wait_until(condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Wait for something to be so."""
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "never came true"
        time.sleep(0.02)


def keep(name: str, picture: bytes, folder: Path) -> None:
    """Put a picture of a test where people look for it: into RGBD_TEST_ARTEFACTS, else among the test's own files."""
    place = Path(os.environ.get("RGBD_TEST_ARTEFACTS", folder))
    place.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(picture)
