"""``sanderling serve``: answer other programs over HTTP and a Unix socket."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote_from_bytes

import typer

from .. import heap, ranges
from ..errors import UsageError
from . import options, output
from .ingest_report import counts, problems
from .memory_warnings import reporting_warnings
from .through import started as started_with

if TYPE_CHECKING:
    from ..memory.ingest.watch import Batch, Watch
    from ..runtime import Runtime
    from ..server.lifetime import Listening
    from ..server.settings import Settings

EXAMPLES = (
    "Examples:  sanderling serve   |   sanderling serve --watch ~/notes --idle-exit 15m   |   "
    "sanderling serve --model smollm2-135m --no-key"
)
PORT = 8737


def serve(
    memory: options.MemoryOption = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; others than this machine need a key.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, options.number(ranges.PORT, "--port", help="Port to listen on; 0: any free one.")] = PORT,
    unix_only: Annotated[
        bool, typer.Option("--unix-only", help="Listen on the Unix socket beside the memory alone.")
    ] = False,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", help="Another name of this machine to be called by.")
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option("--allow-origin", help="Pages that may call, such as https://notes.example. Repeat it."),
    ] = None,
    api_key_file: Annotated[
        Path | None,
        typer.Option(
            "--api-key-file", readable=False, help="File of keys, one a line. Default: service.key in the data folder."
        ),
    ] = None,
    new_key: Annotated[
        bool, typer.Option("--new-key", help="Write a new key into that file in place of any, print it, and end.")
    ] = False,
    no_key: Annotated[
        bool, typer.Option("--no-key", help="Let every program and user of this machine ask on the port.")
    ] = False,
    idle_exit: Annotated[
        float | None, options.duration(ranges.IDLE_S, "--idle-exit", help="End when nobody has asked for so long: 15m.")
    ] = None,
    watch: Annotated[
        Path | None, typer.Option("--watch", readable=False, help="Read this folder, and each change as it is saved.")
    ] = None,
    poll: Annotated[
        float | None,
        options.number(
            ranges.POLL_S,
            "--poll",
            help="With --watch: look at all files every so many seconds, instead of being told.",
        ),
    ] = None,
    tune_when_idle: Annotated[
        bool, typer.Option("--tune-when-idle", help="Run  sanderling tune  once a day while nobody asks.")
    ] = False,
    max_queue: Annotated[int, options.number(ranges.QUEUE, "--max-queue", help="Most questions that wait.")] = 16,
    max_wait: Annotated[
        float, options.duration(ranges.QUEUE_S, "--max-wait", help="Longest wait of a question for its model: 60s.")
    ] = 60.0,
    model: options.ModelOption = None,
    ladder: options.LadderOption = None,
    router: options.RouterOption = "auto",
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Serve the OpenAI API and the memory to other programs.

    A Unix socket serves this command line. The Unix socket is open to you alone. The port wants a key, made at the
    first start, because other users of this machine reach it too. Ends with Ctrl-C.
    """
    from ..server.libraries import require_libraries

    if not new_key:
        require_libraries()
    if poll is not None and watch is None:
        raise UsageError("--poll goes with --watch FOLDER, whose files it looks at")
    key_file = _key_file(api_key_file, new_key, no_key)
    if new_key:
        return
    heap.use_one_arena()
    from ..client.find import config_stamp
    from ..disk.home import data_folder
    from ..runtime import Runtime
    from ..server import lifetime

    settings = _settings(key_file, no_key, allow_host, allow_origin, max_queue, max_wait)._replace(
        started=started_with(model, ladder, router, engine, profile, threads), config_stamp=config_stamp(data_folder())
    )
    if watch is None:
        options.begin_worker(memory)
        path = options.existing_memory(memory)
    else:
        path = options.memory_to_fill(memory)
    runtime = Runtime.open(
        path,
        profile=profile,
        ladder=ladder,
        model=model,
        engine=engine,
        router=router,
        n_threads=threads,
        preload=True,
    )

    def started(where: Listening) -> None:
        _say(where, path, None if no_key else key_file, settings.keys, json)

    with reporting_warnings(runtime.memory, runtime):
        lifetime.run(
            runtime,
            settings,
            memory=path,
            host=host,
            port=None if unix_only else port,
            idle_exit_s=idle_exit,
            watch=None if watch is None else _watch(runtime, watch, poll),
            tune_when_idle=tune_when_idle,
            on_batch=_show,
            on_start=started,
        )


def _key_file(given: Path | None, new: bool, none: bool) -> Path:
    """Return the path of the key file, and create an absent file. ``new``: replace all keys, and print the new one."""
    from .. import config
    from ..server import keys

    if none and (given is not None or new):
        raise UsageError("--no-key wants no file of keys: leave out one of the two")
    path = given or config.home() / keys.FILE
    if new or (given is None and not none and not path.exists()):
        if given is None:
            config.made_home()
        key = keys.new_key(path)
        if new:
            output.line(key)
    return path


def _settings(
    key_file: Path,
    no_key: bool,
    allow_host: list[str] | None,
    allow_origin: list[str] | None,
    max_queue: int,
    max_wait_s: float,
) -> Settings:
    from ..server import keys
    from ..server.settings import Settings

    return Settings(
        keys=() if no_key else keys.read_keys(key_file),
        hosts=frozenset(map(_host, allow_host or ())),
        origins=frozenset(map(_origin, allow_origin or ())),
        max_queue=max_queue,
        max_wait_s=max_wait_s,
    )


def _host(given: str) -> str:
    """Return a name as the header Host has it, without the port. Raises UsageError for what it never has."""
    from ..server.protection import host_name

    name = None if "/" in given else host_name(given)
    if name is None:
        raise UsageError(f"--allow-host {given}: give a name or an address alone, such as notes.example or [fd00::1]")
    return name


def _origin(given: str) -> str:
    """Return an origin as browsers send it. Raises UsageError for what they never send."""
    scheme, mark, host = given.rstrip("/").lower().partition("://")
    if not (scheme and mark and host) or any(each in host for each in "/*@?# "):
        raise UsageError(f"--allow-origin {given}: give scheme and host as browsers send them: https://notes.example")
    return f"{scheme}{mark}{host}"


def _watch(runtime: Runtime, folder: Path, poll_s: float | None) -> Watch:
    from ..conversations.stale import forget_lost
    from ..memory.ingest.watch import Watch

    memory = runtime.memory
    return Watch(
        memory.store, memory.index, memory.embedder, folder, poll_s=poll_s, on_idle=lambda: forget_lost(memory.store)
    )


def _say(where: Listening, memory: Path, key_file: Path | None, keys: tuple[bytes, ...], json: bool) -> None:
    if json:
        key = None if key_file is None else str(key_file)
        output.json_line(
            {"url": where.url, "socket": str(where.unix), "key_file": key, "memory": str(memory), "pid": os.getpid()}
        )
        return
    if where.url:
        output.line(f"serving {memory} at {where.url}/v1 and {where.unix} (Ctrl-C ends)")
        output.line("without a key" if key_file is None else f"the key is in {key_file}")
        output.line(f"the page for browsers is {_page(where.url, keys)}")
    else:
        output.line(f"serving {memory} at {where.unix} (Ctrl-C ends)")


def _page(url: str, keys: tuple[bytes, ...]) -> str:
    """Return the address of the web page.

    On a terminal the key is in its fragment, which browsers do not send. What is no terminal may be a log, which others
    can read.
    """
    if not keys or not sys.stdout.isatty():
        return f"{url}/"
    return f"{url}/#key={quote_from_bytes(keys[0], safe='')}"


def _show(batch: Batch) -> None:
    if batch.notice:
        output.warn(batch.notice)
    if batch.report is not None:
        for line in problems(batch.report, verbose=False):
            output.warn(line)
        output.line(f"{counts(batch.report)} in {batch.report.seconds:.1f} s", err=True)
