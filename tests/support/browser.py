"""A real Chromium without a screen, driven by its DevTools protocol."""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--remote-debugging-port=0", "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--mute-audio",
    "--remote-allow-origins=*", "--disable-features=Translate,OptimizationHints", "--force-color-profile=srgb",
)  # fmt: skip
START_S = 30.0


def find_chromium() -> str | None:
    """The browser's program, None where none is installed."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class Browser:
    """Starts Chromium inside the `with`; new_tab() opens tabs."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    def __enter__(self) -> Browser:
        program = find_chromium()
        assert program is not None
        self._process = subprocess.Popen(
            [program, *FLAGS, f"--user-data-dir={self._folder.name}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        told = Path(self._folder.name) / "DevToolsActivePort"
        deadline_s = time.monotonic() + START_S
        while not told.exists() or not told.read_text().strip():
            assert time.monotonic() < deadline_s, "Chromium did not start"
            time.sleep(0.05)
        self.port = int(told.read_text().split()[0])
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()

    def new_tab(self, width: int = 1280, height: int = 720, *, watches_workers: bool = False) -> Tab:
        """An empty tab of this size; watches_workers: what a page's workers ask for is noted as well."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/json/new?about:blank", method="PUT")
        with urllib.request.urlopen(request) as answer:
            target = json.load(answer)
        return Tab(target["webSocketDebuggerUrl"], width, height, watches_workers=watches_workers)


class Tab:
    """One tab. requests: the address of everything it has asked for; log: what it said in its console."""

    def __init__(self, url: str, width: int, height: int, *, watches_workers: bool) -> None:
        from websockets.sync.client import connect

        self._socket = connect(url, max_size=None, compression=None, ping_interval=None)
        self._ids = itertools.count(1)
        self.requests: list[str] = []
        self.statuses: dict[str, int] = {}
        self.log: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        if watches_workers:  # they wait until this tab is asked something
            self.call("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True)
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def call(self, method: str, timeout_s: float = 30.0, **parameters: Any) -> dict[str, Any]:
        """A command of the protocol and its result."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        deadline_s = time.monotonic() + timeout_s
        while True:
            message = json.loads(self._socket.recv(timeout=max(0.01, deadline_s - time.monotonic())))
            if message.get("id") == number:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self._note(message)

    def open(self, url: str) -> None:
        """Go to an address."""
        self.call("Page.navigate", url=url)

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression; promises are awaited."""
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def until(self, script: str, timeout_s: float = 30.0) -> Any:
        """Wait for an expression to be true, and return its value."""
        deadline_s = time.monotonic() + timeout_s
        while not (value := self.run(script)):
            assert time.monotonic() < deadline_s, f"never true: {script}; log: {self.log[-5:]}"
            time.sleep(0.05)
        return value

    def picture(self) -> bytes:
        """What the tab shows, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    def press(
        self, x: float, y: float, to: tuple[float, float] | None = None, button: str = "left", *, shift: bool = False
    ) -> None:
        """Press the mouse at a place, let it go there or at another."""
        mouse = {"button": button, "clickCount": 1, "pointerType": "mouse", "modifiers": 8 * shift}
        end_x, end_y = to or (x, y)
        self.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        self.call("Input.dispatchMouseEvent", type="mousePressed", x=x, y=y, **mouse)
        if to is not None:
            for step in (0.5, 1.0):
                self.call(
                    "Input.dispatchMouseEvent",
                    type="mouseMoved",
                    x=x + (end_x - x) * step,
                    y=y + (end_y - y) * step,
                    button=button,
                    buttons=1,
                )
        self.call("Input.dispatchMouseEvent", type="mouseReleased", x=end_x, y=end_y, **mouse)

    def key(self, key: str) -> None:
        """Press and let go a key."""
        text = key if len(key) == 1 else ""
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def close(self) -> None:
        """Close the tab."""
        self.call("Page.close")
        self._socket.close()

    def _note(self, message: dict[str, Any]) -> None:
        method, told = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"][:200])  # addresses of data carry it
        elif method == "Network.webSocketCreated":
            self.requests.append(told["url"])
        elif method == "Network.responseReceived":
            self.statuses[told["response"]["url"][:200]] = told["response"]["status"]
        elif method == "Target.attachedToTarget":  # a worker, whose requests count too
            for command in ("Network.enable", "Runtime.runIfWaitingForDebugger"):
                self._socket.send(
                    json.dumps({"id": next(self._ids), "method": command, "sessionId": told["sessionId"]})
                )
        elif method == "Log.entryAdded":
            self.log.append(told["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.log.append(str(told["exceptionDetails"].get("exception", {}).get("description")))
