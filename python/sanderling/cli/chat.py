"""``sanderling chat``: a conversation about the notes."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from .. import cycles
from ..errors import EngineError, UsageError
from . import conversations, options, output
from .answer import print_below, show_quote
from .interrupt import stops_the_answer
from .memory_warnings import reporting_warnings
from .through import service_for

EXAMPLES = (
    "In the chat:  /new begins another conversation, /forget forgets this one, more shows the next page of a list, "
    "/quit or Ctrl-D leaves, Ctrl-C stops an answer.   Examples:  sanderling chat   |   "
    "sanderling chat --continue   |   sanderling chat --list   |   sanderling chat --forget all"
)


def chat(
    id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="With --continue: the conversation, or how its id begins.")
    ] = None,
    go_on: Annotated[
        bool,
        typer.Option("--continue", help="Go on with conversation ID, without one with the last about this memory."),
    ] = False,
    show: Annotated[bool, typer.Option("--list", help="List the kept conversations, and end.")] = False,
    forget: Annotated[
        str | None, typer.Option("--forget", metavar="ID|all", help="Forget a conversation, or all, and end.")
    ] = None,
    no_keep: Annotated[bool, typer.Option("--no-keep", help="Write no word of this conversation to the disk.")] = False,
    memory: options.MemoryOption = None,
    model: options.ModelOption = None,
    ladder: options.LadderOption = None,
    router: options.RouterOption = "auto",
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    budget_ms: options.BudgetOption = None,
    privacy: options.PrivacyOption = None,
    max_tokens: options.MaxTokensOption = 256,
    type: options.TypeOption = None,
    source: options.SourceOption = None,
    tag: options.TagOption = None,
    domain: options.DomainOption = None,
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    under: options.InOption = None,
    limit: options.LimitOption = 20,
    no_server: options.NoServerOption = False,
    verbose: options.VerboseOption = False,
    json: options.JsonOption = False,
) -> None:
    """Hold a conversation about the notes, and keep the conversation on this device. With --json one value per line."""
    _refuse_contradictions(id, go_on, show, forget, no_keep)
    if show or forget is not None:
        conversations.list_all(json) if forget is None else conversations.forget(forget, json)
        return
    with contextlib.suppress(ImportError):  # line editing where the platform has it
        import readline  # noqa: F401

    if go_on and id is None:
        id = conversations.newest(str(options.existing_memory(memory).resolve()))
    opening: Any = {"model": model, "ladder": ladder, "router": router, "engine": engine, "profile": profile}
    wanted = (type, source, tag, domain, since, until, under)
    # A service keeps the words of questions as its own settings say.
    runtime: Any = None if no_keep else service_for(memory, no_server, threads=threads, **opening)
    filter: Any = options.filter_fields(*wanted)
    if runtime is None:
        runtime, filter = _here(memory, wanted, budget_ms, threads, opening, no_keep)
    given = filter if any(wanted) else None
    with reporting_warnings(runtime.memory, runtime):
        conversation = runtime.chat(filter=filter) if no_keep else runtime.conversation(id, filter=given)
        if id is not None and not json:
            conversations.say_where(conversation)
        _turns(
            runtime,
            conversation,
            json,
            budget_ms=budget_ms,
            privacy=privacy,
            max_tokens=max_tokens,
            limit=limit,
            stream=None if json else output.part,
            on_quote=None if json else show_quote,
            verbose=verbose,
        )


def _turns(runtime: Any, conversation: Any, json: bool, *, verbose: bool, **asked: Any) -> None:
    """Answer each typed question until the input ends. ``asked``: the arguments of each question."""
    from .ask import offer_to_remember

    cycles.collect_as_usual()
    while True:
        try:
            line = output.typed("" if json or not sys.stdin.isatty() else "\n> ").strip()
        except EOFError:
            return
        if line in {"/quit", "/exit"}:
            return
        if line in {"/new", "/forget"}:
            old = conversation.id
            conversation.clear()
            if line == "/forget":
                conversations.forget_this(old, json)
        if not line or line in {"/new", "/forget"}:
            continue
        try:
            _refuse_command(line)
            with stops_the_answer(runtime):
                answer = conversation.ask(line, **asked)
        except KeyboardInterrupt:
            output.text("\n(stopped)", err=True)
            continue
        except (UsageError, EngineError) as error:
            # One bad turn does not end a conversation.
            if json:
                output.failure(error)
            output.warn(str(error))
            continue
        if json:
            output.json_line(answer)
        else:
            print_below(answer, verbose)
            if answer.finish_reason != "cancelled" and answer.route.model_id:
                offer_to_remember(runtime, line, answer)


def _refuse_command(line: str) -> None:
    if line[0] == "/" and line[1:].isalpha():  # a path has another / or a dot
        raise UsageError(f"there is no command {line}: /new, /forget and /quit are")


def _here(
    memory: Path | None, wanted: Any, budget_ms: float | None, threads: int | None, opening: Any, no_keep: bool
) -> Any:
    """Open a runtime in this process, and return it with the filter. ``no_keep``: it writes down no words."""
    options.begin_worker(memory)
    from msgspec.structs import replace

    from ..models import configured
    from ..runtime import Runtime

    filter = options.filter_of(*wanted)
    preload = opening["model"] is not None or budget_ms is None
    path = options.existing_memory(memory)
    config = replace(configured.load(), log_query_text=False, write_back="never") if no_keep else None
    return Runtime.open(path, config=config, n_threads=threads, preload=preload, **opening), filter


def _refuse_contradictions(id: str | None, go_on: bool, show: bool, forget: str | None, no_keep: bool) -> None:
    if id is not None and not go_on:
        raise UsageError("an ID goes with --continue; to ask one question, use  sanderling ask")
    if sum((go_on, show, forget is not None, no_keep)) > 1:
        raise UsageError("--continue, --list, --forget and --no-keep exclude one another: choose one")
