"""A stand-in for the Hugging Face hub on loopback: what its client needs of `resolve`, with ranges and a cut line."""

from __future__ import annotations

import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class StandInHub:
    """Serves ``content`` as every file. ``cut_at``: the line breaks there once, and then stays dead."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.announced: str | None = None
        """ETag in place of the true sha256."""
        self.listed: list[str] = []
        """Names of the files that a repository says it has."""
        self.tokens: set[str | None] = set()
        """What came as ``Authorization``."""
        self.cut_at: int | None = None
        self.dead = False
        self.asked: list[tuple[str, str, str | None]] = []
        """Method, path and Range of every request for a file."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def _elsewhere(self) -> bool:
                # The client asks for things that are no files, such as a list of harnesses for its user agent.
                if "/resolve/" in self.path:
                    return False
                self.send_error(404)
                return True

            def do_HEAD(self) -> None:
                if self._elsewhere():
                    return
                hub.asked.append(("HEAD", self.path, None))
                self._head(200, len(hub.content))

            def _about(self) -> None:
                lfs = {"sha256": hub.announced or hashlib.sha256(hub.content).hexdigest(), "size": len(hub.content)}
                lfs["pointerSize"] = 134
                siblings = [{"rfilename": name, "size": len(hub.content), "lfs": lfs} for name in hub.listed]
                about = {"id": "someone/tiny-GGUF", "sha": "c" * 40, "siblings": siblings}
                data = json.dumps({**about, "cardData": {"license": "apache-2.0"}}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                hub.tokens.add(self.headers.get("Authorization"))
                if self.path.startswith("/api/models/") and hub.listed:
                    self._about()
                    return
                if self._elsewhere():
                    return
                wanted = self.headers.get("Range")
                hub.asked.append(("GET", self.path, wanted))
                if hub.dead:
                    self.send_error(500)
                    return
                begin, _, last = wanted.removeprefix("bytes=").partition("-") if wanted else ("0", "", "")
                start, end = int(begin), min(int(last) + 1, len(hub.content)) if last else len(hub.content)
                if start >= end:
                    self.send_error(416)
                    return
                self._head(206 if wanted else 200, end - start)
                if hub.cut_at is not None:
                    self.wfile.write(hub.content[start : hub.cut_at])
                    self.wfile.flush()
                    hub.dead = True
                    self.close_connection = True
                    return
                self.wfile.write(hub.content[start:end])

            def _head(self, status: int, length: int) -> None:
                self.send_response(status)
                etag = hub.announced or hashlib.sha256(hub.content).hexdigest()
                self.send_header("X-Repo-Commit", "c" * 40)
                self.send_header("X-Linked-Etag", f'"{etag}"')
                self.send_header("X-Linked-Size", str(len(hub.content)))
                self.send_header("ETag", f'"{etag}"')
                self.send_header("Content-Length", str(length))
                self.end_headers()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def ranges(self) -> list[str | None]:
        """Return the Range of each download so far, and forget them."""
        found = [wanted for method, _, wanted in self.asked if method == "GET"]
        self.asked.clear()
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
