"""Debian's chromium through its debugging pipe: what tests of pages need, by the standard library alone."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")

PROGRAM = next((found for name in NAMES if (found := shutil.which(name))), None)

FLAGS = (
    "--headless=new",
    "--no-sandbox",  # containers have no user namespaces
    # WebGL without a graphics card
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--remote-debugging-pipe",
    # none of the browser's own traffic
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)

PATIENCE = 120.0
"""Seconds after which a browser is taken for dead; nothing waits that long otherwise."""


class Browser:
    """A running browser.

    Args:
        folder: for its profile and for downloads.
        flags: more of them.
    """

    def __init__(self, folder: Path, flags: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.events: list[dict[str, Any]] = []
        self._count, self._unread = 0, b""
        for_browser, self._to = os.pipe()
        self._from, by_browser = os.pipe()

        def give_pipes() -> None:
            """The browser reads from 3 and writes to 4; neither pipe may be either of these before."""
            ends = os.dup(for_browser), os.dup(by_browser)
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        command = [str(PROGRAM), *FLAGS, *flags, f"--user-data-dir={folder / 'profile'}", "about:blank"]
        self._process = subprocess.Popen(
            command,
            preexec_fn=give_pipes,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(for_browser)
        os.close(by_browser)
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        """What the browser answers; events that come meanwhile are kept.

        Raises:
            RuntimeError: it refuses.
            TimeoutError: it says nothing.
        """
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + PATIENCE
        while True:
            answer = self._read(end)
            if answer.get("id") != self._count:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']['message']}")
            else:
                result: dict[str, Any] = answer["result"]
                return result

    def _read(self, end: float) -> dict[str, Any]:
        while b"\0" not in self._unread:
            readable, _, _ = select.select([self._from], [], [], max(0.0, end - time.monotonic()))
            if not readable:
                raise TimeoutError("the browser says nothing")
            self._unread += os.read(self._from, 1 << 20)
        message, self._unread = self._unread.split(b"\0", 1)
        read: dict[str, Any] = json.loads(message)
        return read


class Page:
    """A tab. All that it asks the network for, and all that it complains of, is kept.

    Args:
        browser: that it is opened in.
        url: of the page.
        size: in pixels.
        phone: whether fingers touch it.
        features: of media, such as ``{"prefers-color-scheme": "dark"}``.
    """

    def __init__(
        self,
        browser: Browser,
        url: str,
        size: tuple[int, int] = (1400, 1000),
        phone: bool = False,
        features: dict[str, str] | None = None,
    ) -> None:
        self.browser = browser
        self._target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=self._target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": phone}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)
        self.call("Emulation.setTouchEmulationEnabled", enabled=phone)
        media = {"prefers-color-scheme": "light", **(features or {})}
        self.call("Emulation.setEmulatedMedia", features=[{"name": n, "value": v} for n, v in media.items()])
        self.call("Page.navigate", url=url)

    def close(self) -> None:
        self.browser.call("Target.closeTarget", targetId=self._target)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self.browser.call(method, self._session, **parameters)

    def js(self, expression: str) -> Any:
        """The value of an expression, or of what it promises.

        Raises:
            RuntimeError: it throws.
        """
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description"))
        return answer["result"].get("value")

    def wait(self, expression: str) -> Any:
        """The value of an expression once it is true.

        Raises:
            TimeoutError: it never is.
        """
        end = time.monotonic() + PATIENCE
        while not (value := self.js(expression)):
            if time.monotonic() > end:
                raise TimeoutError(f"{expression}; complaints: {self.complaints}")
            time.sleep(0.05)
        return value

    def settled(self) -> Page:
        """Itself, once the first framework is drawn."""
        self.wait("window.zeo && zeo.page.scene.ready !== null")
        return self

    def middle(self, selector: str) -> tuple[float, float]:
        """Of an element, which is scrolled to."""
        x, y = self.js(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            " e.scrollIntoView({block: 'center'}); const b = e.getBoundingClientRect();"
            " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
        )
        return x, y

    def move(self, to: tuple[float, float], kind: str = "mouseMoved", **more: Any) -> None:
        self.call("Input.dispatchMouseEvent", type=kind, x=to[0], y=to[1], **more)

    def click(self, where: str | tuple[float, float]) -> None:
        """An element by its selector, or a place."""
        to = self.middle(where) if isinstance(where, str) else where
        self.move(to)
        for kind in ("mousePressed", "mouseReleased"):
            self.move(to, kind, button="left", clickCount=1)

    def key(self, name: str) -> None:
        codes = {"ArrowDown": 40, "ArrowUp": 38, "Escape": 27, "Enter": 13, "Tab": 9}
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=codes[name]
            )

    def type(self, text: str) -> None:
        self.call("Input.insertText", text=text)

    def screenshot(self, selector: str | None = None) -> bytes:
        """PNG of what is in sight, or of one element."""
        clip = {}
        if selector is not None:
            x, y, width, height = self.js(
                f"(() => {{ const b = document.querySelector({json.dumps(selector)}).getBoundingClientRect();"
                " return [b.x + scrollX, b.y + scrollY, b.width, b.height]; })()"
            )
            clip = {"clip": {"x": x, "y": y, "width": width, "height": height, "scale": 1}}
        return base64.b64decode(self.call("Page.captureScreenshot", **clip)["data"])

    def downloaded(self, name: str) -> bytes:
        """A file that the page saved.

        Raises:
            TimeoutError: it never came.
        """
        end, file = time.monotonic() + PATIENCE, self.browser.folder / name
        while not file.exists():
            if time.monotonic() > end:
                raise TimeoutError(name)
            time.sleep(0.05)
        return file.read_bytes()

    @property
    def _events(self) -> list[dict[str, Any]]:
        return [event for event in self.browser.events if event.get("sessionId") == self._session]

    @property
    def requests(self) -> list[str]:
        """What it fetched from anywhere but its own file."""
        sent = [event for event in self._events if event["method"] == "Network.requestWillBeSent"]
        urls = [event["params"]["request"]["url"] for event in sent]
        return [url for url in urls if not url.startswith(("file:", "blob:", "data:", "about:"))]

    @property
    def complaints(self) -> list[str]:
        """Exceptions, and errors and warnings of the console."""
        found = []
        for event in self._events:
            method, parameters = event["method"], event["params"]
            if method == "Runtime.exceptionThrown":
                found.append(str(parameters["exceptionDetails"]))
            elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
                found.append(str(parameters["args"]))
            elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                found.append(parameters["entry"]["text"])
        return found


@contextmanager
def running_browser(*flags: str) -> Iterator[Browser]:
    """A browser with a new profile, which ends with the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(Path(folder), flags)
        try:
            yield browser
        finally:
            browser.close()
