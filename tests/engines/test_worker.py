"""Faults: what a worker that crashes, hangs or fails costs, and that it never outlives its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import psutil
import pytest

from sanderling import child_process
from sanderling.engines import Worker, frames, generate_all
from sanderling.engines.protocol import Finish, GenerateRequest, LoadSpec
from sanderling.engines.scripted import Rule, Script
from sanderling.engines.worker import MOST_KNOWN
from sanderling.errors import Cancelled, EngineError, ModelUnavailable, WorkerDied
from sanderling.records import Sampling
from sanderling.request.handle import Handle, OutOfTime

LONG = "x" * 20_000
RULES = (
    Rule(when="CRASH", say="ab", then="crash"),
    Rule(when="HANG", say="ab", then="hang"),
    Rule(when="RAISE", say="ab", then="raise"),
    Rule(when="LONG", say=LONG),
    Rule(when="", say="fine"),
)


@pytest.fixture
def spec(tmp_path: Path) -> LoadSpec:
    path = tmp_path / "script.json"
    path.write_bytes(msgspec.json.encode(Script(rules=RULES)))
    return LoadSpec(model_id="actor", path=str(path), n_ctx=1_000_000, n_threads=1, n_threads_prefill=1)


@pytest.fixture
def worker(spec: LoadSpec):
    with Worker("scripted") as worker:
        worker.load(spec)
        yield worker


def ask(worker: Worker, text: str) -> GenerateRequest:
    ids = tuple(worker.tokenize(text))
    return GenerateRequest(prompt_ids=ids, max_tokens=100_000, sampling=Sampling(temperature=0.0))


def gone(pid: int) -> bool:
    """Ended, or ended and not yet collected by whoever inherited it."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while not gone(pid):
        assert time.monotonic() < deadline, f"process {pid} is still there"
        time.sleep(0.02)


def test_a_crash_costs_one_request(worker):
    heard = []
    with pytest.raises(WorkerDied, match=r"actor was ended by SIGKILL.*that request is lost"):
        generate_all(worker, ask(worker, "CRASH"), heard.append)
    assert "".join(token.text for token in heard) == "ab"
    assert generate_all(worker, ask(worker, "hello")).text == "fine"


def test_a_worker_killed_while_idle_costs_nothing(worker):
    pid = worker.pid
    psutil.Process(pid).kill()
    # A zombie is not enough: until its last thread has ended it cannot be reaped, and takes a request with it.
    while worker.pid is not None:
        time.sleep(0.01)
    assert generate_all(worker, ask(worker, "hello")).text == "fine"
    assert worker.pid != pid


def test_a_hang_is_ended(spec):
    with Worker("scripted", stall_timeout_s=0.5) as worker:
        worker.load(spec)
        pid = worker.pid
        with pytest.raises(WorkerDied, match=r"silent for 0\.5 s"):
            generate_all(worker, ask(worker, "HANG"))
        wait_until_gone(pid)
        assert generate_all(worker, ask(worker, "hello")).text == "fine"


def test_an_error_is_raised_as_what_it_was_and_the_worker_lives(worker):
    pid = worker.pid
    with pytest.raises(EngineError, match="the script says so"):
        generate_all(worker, ask(worker, "RAISE"))
    with pytest.raises(ValueError, match="the prompt is empty"):
        generate_all(worker, GenerateRequest(prompt_ids=(), max_tokens=1, sampling=Sampling()))
    assert generate_all(worker, ask(worker, "hello")).text == "fine"
    assert worker.pid == pid


def test_a_failed_load_leaves_no_process(spec):
    with Worker("scripted") as worker:
        with pytest.raises(ModelUnavailable, match="is not a script"):
            worker.load(LoadSpec(model_id="m", path=__file__, n_ctx=9, n_threads=1, n_threads_prefill=1))
        assert worker.pid is None


def test_closing_a_stream_early_cancels_it(worker):
    stream = worker.generate(ask(worker, "LONG"))
    assert next(stream).text == "x"
    stream.close()
    assert generate_all(worker, ask(worker, "hello")).text == "fine"


def test_cancel_from_another_thread_finishes_the_stream(worker):
    request = ask(worker, "LONG")
    stream = worker.generate(request)
    next(stream)
    thread = threading.Thread(target=worker.cancel)
    thread.start()
    items = list(stream)
    thread.join()
    assert isinstance(items[-1], Finish)
    assert items[-1].reason == "cancelled"
    assert len(items) < len(LONG)


def test_a_late_cancel_does_not_touch_the_next_request(worker):
    generate_all(worker, ask(worker, "hello"))
    worker._hurry()  # as if the stream had just ended on the other side
    assert generate_all(worker, ask(worker, "hello")).finish_reason == "stop"


def test_one_stream_at_a_time(worker):
    stream = worker.generate(ask(worker, "LONG"))
    next(stream)
    with pytest.raises(EngineError, match="still generating"):
        worker.tokenize("x")
    stream.close()


def test_an_interrupted_call_does_not_leave_its_reply_to_the_next(worker, monkeypatch):
    def interrupt(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(frames, "read", interrupt)
        worker.tokenize("first")
    assert worker.tokenize("second") == list(b"second")


def test_texts_are_counted_in_one_exchange(worker, monkeypatch):
    asked = []
    ask_once = worker._ask
    monkeypatch.setattr(
        worker, "_ask", lambda request, timeout_s: asked.append(request) or ask_once(request, timeout_s)
    )
    texts = ["", "<|im_end|>", "猫", "a" * 1000]
    assert worker.count(texts) == [len(worker.tokenize(text, special=False)) for text in texts] == [0, 10, 3, 1000]
    assert [type(request) for request in asked] == [frames.Count] + 4 * [frames.Tokenize]
    assert worker.count([]) == []
    assert len(asked) == 5


def test_ids_of_short_texts_are_remembered_as_they_are(worker, spec, monkeypatch):
    said = [worker.tokenize("<|im_end|>", special=special) for special in (True, False)]
    said[0].append(7)  # the caller's own list
    with monkeypatch.context() as patch:
        patch.setattr(worker, "_ask", lambda *_: pytest.fail("asked again"))
        again = [worker.tokenize("<|im_end|>", special=special) for special in (True, False)]
    assert again == [said[0][:-1], said[1]] and again[0] != again[1]
    for number in range(300):
        worker.tokenize(f"text {number}")
    assert len(worker._ids) <= MOST_KNOWN
    worker.load(spec)
    assert not worker._ids


def test_nothing_loaded_says_so():
    with pytest.raises(EngineError, match=r"call load\(\) first"):
        Worker("scripted").tokenize("x")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_the_worker_exits_when_its_parent_is_ended(spec, number):
    code = (
        "import msgspec, os, signal, sys, time; from sanderling.engines import Worker;"
        f"signal.signal({number:d}, signal.SIG_DFL) if {number != signal.SIGKILL} else None;"  # `nohup` ignores SIGHUP
        "from sanderling.engines.protocol import LoadSpec;"
        "w = Worker('scripted'); w.load(msgspec.json.decode(sys.argv[1], type=LoadSpec));"
        "print(w.pid, flush=True); time.sleep(60)"
    )
    arguments = [sys.executable, "-c", code, msgspec.json.encode(spec).decode()]
    parent = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not gone(pid)
    parent.send_signal(number)
    assert parent.wait() == -number
    parent.stdout.close()
    wait_until_gone(pid)


def test_the_package_may_be_known_to_sys_path_only(spec, monkeypatch, tmp_path):
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(tmp_path)
    # A module of this name in the working directory would break the child if it looked there.
    (tmp_path / "msgspec.py").write_text("raise ImportError('the wrong msgspec')")
    with Worker("scripted") as worker:
        assert worker.load(spec).engine == "scripted"


def test_stray_prints_do_not_break_frames(spec, monkeypatch, tmp_path):
    noisy = """
import os
real = os.dup2
def dup2(old, new, *rest):
    done = real(old, new, *rest)
    if new == 1:
        os.write(1, b"printed by a native library\\n")
    return done
os.dup2 = dup2
"""
    (tmp_path / "sitecustomize.py").write_text(noisy)
    monkeypatch.syspath_prepend(tmp_path)
    with Worker("scripted") as worker:
        worker.load(spec)
        with pytest.raises(WorkerDied, match="its last words: printed by a native library"):
            generate_all(worker, ask(worker, "CRASH"))


def test_close_ends_the_process(spec):
    worker = Worker("scripted")
    worker.load(spec)
    pid = worker.pid
    worker.close()
    assert gone(pid)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not pin processes")
def test_a_worker_runs_on_the_cpus_it_is_given(spec):
    cpu = min(os.sched_getaffinity(0))
    with Worker("scripted") as worker:
        info = worker.load(msgspec.structs.replace(spec, cpus=(cpu,)))
        assert os.sched_getaffinity(worker.pid) == {cpu}
        assert info.cpus == (cpu,)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system does not pin processes")
def test_cpus_that_are_refused_do_not_cost_the_model(spec):
    with Worker("scripted") as worker:
        info = worker.load(msgspec.structs.replace(spec, cpus=(4095,)))
        assert info.cpus == tuple(sorted(os.sched_getaffinity(0)))


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Processes in the place of workers that take for ever to load."""
    found: list[subprocess.Popen[bytes]] = []

    def sleeping(_module: str, _environment: object = None) -> subprocess.Popen[bytes]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        found.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], bufsize=0, **pipes))
        return found[-1]

    monkeypatch.setattr(child_process, "server", sleeping)
    return found


def test_a_cancelled_loading_ends_at_once(spec, silent) -> None:
    worker, handle = Worker("scripted"), Handle()
    threading.Timer(0.2, handle.cancel).start()
    with pytest.raises(Cancelled):
        worker.load(spec, handle)
    assert worker.pid is None
    assert silent[0].poll() is not None, "the process is gone"
    gone = Handle()
    gone.cancel()
    with pytest.raises(Cancelled):
        worker.load(spec, gone)
    assert len(silent) == 1, "nothing is started for a question that was cancelled before"


def test_a_loading_that_another_question_waits_for_goes_on(spec, silent) -> None:
    worker, handle = Worker("scripted", load_timeout_s=2.0, queue_timeout_s=30.0), Handle()

    def waits() -> None:
        with worker.turn():
            pass

    other = threading.Thread(target=waits)

    def cancel_then_look() -> None:
        other.start()
        while not worker.turns.waited_for:
            time.sleep(0.01)
        handle.cancel()
        alive.append(silent[0].poll() is None)

    alive: list[bool] = []
    threading.Timer(0.2, cancel_then_look).start()
    with pytest.raises((WorkerDied, Cancelled)):
        worker.load(spec, handle)
    other.join(30)
    assert alive == [True]


def test_a_loading_that_is_not_cancelled_is_as_before(spec) -> None:
    with Worker("scripted") as worker:
        worker.load(spec, Handle())
        assert generate_all(worker, ask(worker, "hello")).text == "fine"


def test_an_exchange_is_left_when_the_time_of_its_question_is_over(monkeypatch, tmp_path) -> None:
    """A prompt is packed by counts, each of which waits for a process that a busy device may keep waiting."""
    script = tmp_path / "script.json"
    script.write_text('{"rules": [{"say": "Ada"}]}')
    with Worker("scripted") as worker:
        worker.load(LoadSpec(model_id="m", path=str(script), n_ctx=512, n_threads=1, n_threads_prefill=1))
        os.kill(worker.pid, signal.SIGSTOP)
        handle = Handle()
        began = time.monotonic()
        try:
            with handle.within(300.0), worker.turn(handle), pytest.raises(OutOfTime):
                worker.count(["a", "b"])
            assert time.monotonic() - began < 30
        finally:
            os.kill(worker.pid, signal.SIGCONT)
        assert worker.count(["ab", "c"]) == [2, 1]  # the reply that came late is no answer to this
