"""A real browser: headless Chromium, driven through a pipe (Chrome DevTools Protocol), without a package for it."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self


def found() -> str | None:
    """Return the path of Chromium; None: it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _fault(reply: dict[str, Any]) -> str:
    if reply.get("method") == "Runtime.exceptionThrown":
        details = reply["params"]["exceptionDetails"]
        return str(details.get("exception", {}).get("description") or details["text"])
    if reply.get("method") == "Log.entryAdded" and reply["params"]["entry"]["level"] == "error":
        return f"{reply['params']['entry']['text']} {reply['params']['entry'].get('url', '')}"
    return ""


class Chromium:
    """One page of a headless browser.

    ``requests`` holds the address of everything that it asked for, ``faults`` what its console shows as an error.
    """

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.faults: list[str] = []
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._number = 0
        ours, theirs = os.pipe(), os.pipe()  # commands, replies
        # The browser reads from 3 and writes to 4; until it runs its ends have numbers that are in nobody's way.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 20) for end in (ours[0], theirs[1])]
        moved = f'exec "$0" "$@" 3<&{ends[0]} 4>&{ends[1]} {ends[0]}<&- {ends[1]}>&-'
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        options += ["--remote-debugging-pipe", "--disable-background-networking", "--disable-component-update"]
        options += [f"--user-data-dir={self._folder.name}", "--disable-extensions", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", moved, str(found()), *options],
            pass_fds=ends,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self._folder.name},
        )
        for end in (*ends, ours[0], theirs[1]):
            os.close(end)
        self._to, self._from = os.fdopen(ours[1], "wb", buffering=0), os.fdopen(theirs[0], "rb", buffering=0)
        self._unread, self._session = b"", ""
        target = next(each for each in self.call("Target.getTargets")["targetInfos"] if each["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        self.call("Network.enable")
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> Any:
        """Call a method of the protocol and return its result."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._to.write(
            json.dumps({**message, **({"sessionId": self._session} if self._session else {})}).encode() + b"\0"
        )
        return self._until(lambda reply: reply.get("id") == self._number)["result"]

    def _until(self, wanted: Any) -> dict[str, Any]:
        while True:
            while b"\0" not in self._unread:
                read = self._from.read(1 << 16)
                assert read, "the browser ended"
                self._unread += read
            line, _, self._unread = self._unread.partition(b"\0")
            reply = json.loads(line)
            if reply.get("method") == "Network.requestWillBeSent":
                self.requests.append(reply["params"]["request"]["url"])
            if fault := _fault(reply):
                self.faults.append(fault)
            assert "error" not in reply, reply
            if wanted(reply):
                return reply

    def open(self, page: Path | str, width: int, height: int, *, dark: bool, phone: bool) -> None:
        """Load a page, a file or an address, in a window of so many CSS pixels."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", features=scheme)
        scale = 2 if phone else 1
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=phone
        )
        self.call("Page.navigate", url=page if isinstance(page, str) else page.as_uri())
        self._until(lambda reply: reply.get("method") == "Page.loadEventFired")

    def evaluate(self, script: str) -> Any:
        """Return the value of a JavaScript expression in the page, or what its promise is resolved to."""
        reply = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in reply, reply
        return reply["result"].get("value")

    def until(self, script: str, seconds: float = 30.0) -> None:
        """Wait until an expression is true. Raises AssertionError if it does not become so."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"!!({script})"):
            assert time.monotonic() < end, f"not within {seconds} s: {script}"
            time.sleep(0.02)

    def press(self, key: str, code: int, *, shift: bool = False) -> None:
        """Press a key that has no letter, such as ``Tab``; ``code``: its number in key events."""
        named = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        if key == "Enter":
            named["text"] = "\r"
        self.call("Input.dispatchKeyEvent", type="keyDown", **named)
        self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    def type(self, text: str) -> None:
        """Write into what has the focus."""
        self.call("Input.insertText", text=text)

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """Write the page as a picture. ``whole``: also what one would scroll to."""
        found = self.call("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def close(self) -> None:
        """End the browser."""
        self._to.close()
        self._process.terminate()
        self._process.wait(timeout=30)
        self._from.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
