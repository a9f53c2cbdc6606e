from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from sanderling.bench_device.judge.remote import RemoteJudge
from sanderling.bench_device.judge.rubric import Judged
from sanderling.egress import Permit
from sanderling.errors import SanderlingError

JUDGED = Judged(question="Who?", said="Ada", answers=("Ada",))


@pytest.fixture
def judge_at():
    replies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert body["model"] == "m"
            assert "Who?" in body["messages"][0]["content"]
            self.send_response(200)
            self.end_headers()
            self.wfile.write(replies.pop(0))

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/v1/"
    yield RemoteJudge(url, "m", Permit.of_url(url)), replies
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_judge_gives_marks_or_says_why_not(judge_at) -> None:
    judge, replies = judge_at
    replies += [
        b'{"choices": [{"message": {"content": "Mark: 4"}}]}',
        b'{"choices": [{"message": {"content": "good"}}]}',
        b"{}",
    ]
    assert judge.mark(JUDGED) == 4.0
    with pytest.raises(SanderlingError, match="no mark from 1 to 5"):
        judge.mark(JUDGED)
    with pytest.raises(SanderlingError, match="check address"):
        judge.mark(JUDGED)
