"""``sanderling ask``: answer one question, with sources."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from . import options, output
from .interrupt import EXIT_CODE, stops_the_answer
from .memory_warnings import reporting_warnings
from .question import QuestionArgument, read_question

if TYPE_CHECKING:
    from ..records import Answer, SourceNote
    from ..runtime import Runtime

EXAMPLES = "Examples:  sanderling ask 'Who repairs the pump?'   |   echo 'Who …?' | sanderling ask - --json"


def ask(
    question: QuestionArgument,
    memory: options.MemoryOption = None,
    model: options.ModelOption = None,
    ladder: options.LadderOption = None,
    router: options.RouterOption = "auto",
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    budget_ms: options.BudgetOption = None,
    context: options.ContextOption = None,
    privacy: options.PrivacyOption = "local",
    max_tokens: options.MaxTokensOption = 256,
    type: options.TypeOption = None,
    source: options.SourceOption = None,
    tag: options.TagOption = None,
    domain: options.DomainOption = None,
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    under: options.InOption = None,
    limit: options.LimitOption = 20,
    start: options.StartOption = 1,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Generate the answer even if one is kept, and do not keep it.")
    ] = False,
    json: options.JsonOption = False,
) -> None:
    """Answer a question from the memory."""
    options.begin_worker(memory)
    from ..runtime import Runtime

    question = read_question(question)
    filter = options.filter_of(type, source, tag, domain, since, until, under)
    path = options.existing_memory(memory)
    runtime = Runtime.open(
        path,
        profile=profile,
        ladder=ladder,
        model=model,
        engine=engine,
        router=router,
        n_threads=threads,
        preload=model is not None or budget_ms is None,  # a budget may call for a smaller model than usual
    )
    with reporting_warnings(runtime.memory, runtime):
        stream = None if json else output.part
        with stops_the_answer(runtime):
            answer = runtime.ask(
                question,
                budget_ms=budget_ms,
                privacy=privacy,
                max_tokens=max_tokens,
                context=context,
                filter=filter,
                cache=not no_cache,
                limit=limit,
                start=start,
                stream=stream,
            )
        if json:
            output.json_line(answer)
        else:
            print_below(answer)
        if answer.finish_reason == "cancelled":
            raise typer.Exit(EXIT_CODE)
        if not json and answer.route.model_id:
            offer_to_remember(runtime, question, answer)


def print_below(answer: Answer) -> None:
    """Print the sources, route, timings and warnings below an answer that was streamed."""
    output.text("\n")
    if not answer.route.model_id:  # counted: the list is the answer, and no model ran
        output.line(f"  {answer.route.reason}, in {answer.timings_ms.total:,.0f} ms")
        for warning in answer.warnings:
            output.warn(warning)
        return
    heaviest: dict[str, SourceNote] = {}
    for source in answer.sources:
        heaviest.setdefault(source.uri, source)
    for number, source in enumerate(heaviest.values(), start=1):
        output.line(f"  [{number}] {source.title or source.uri}  (score {source.score:.2f}, {source.uri})")
    if not answer.sources:
        output.line("  no notes were found for this question")
    route, times, tokens = answer.route, answer.timings_ms, answer.tokens
    output.line()
    output.line(f"  {route.model_id}, {route.context_bin} context, router {route.router}: {route.reason}")
    output.line(
        f"  {times.total:,.0f} ms: embed {times.embed:.0f}, retrieval {times.retrieval:.0f},"
        f" router {times.router:.0f}, cache {times.cache:.0f}, context {times.context:.0f}, load {times.load:,.0f},"
        f" llm {times.llm:,.0f} (first token {times.ttft:,.0f})"
    )
    output.line(
        f"  tokens: {tokens.prompt} prompt ({tokens.cached} cached), {tokens.completion} answer;"
        f" confidence {answer.assessment.confidence:.2f};"
        f" RSS: {output.mebibytes(answer.memory.model_bytes)} model, {output.mebibytes(answer.memory.rss_bytes)} rest"
    )
    for warning in answer.warnings:
        output.warn(warning)


def offer_to_remember(runtime: Runtime, question: str, answer: Answer) -> None:
    """Offer to write the answer into the memory if ``write_back`` is ``"ask"`` and stdin is a terminal."""
    if runtime.config.write_back == "ask" and sys.stdin.isatty() and output.confirm("Remember this answer?"):
        runtime.remember(question, answer)
