"""The loop with the scripted engine: every verb runs, nothing needs a model."""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from pump_notes import NOTES, Opens, runtimes
from scripted_model import model

from sanderling.config import Config
from sanderling.device import profiles
from sanderling.engines import Worker
from sanderling.engines.embedder import GgufEmbedder
from sanderling.errors import UsageError, WorkerDied
from sanderling.filter import Filter
from sanderling.listing import Listing
from sanderling.models.inventory import ModelInventory
from sanderling.records import CONTEXT_BINS, SearchParams
from sanderling.router import fastgrnn, features
from sanderling.router.learned import FastGrnnRouter
from sanderling.stages.heads import PROMPT_VERSION
from sanderling.telemetry.store import TelemetryStore


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


def test_a_question_is_answered_with_sources_route_and_one_row(open_runtime) -> None:
    runtime = open_runtime()
    pieces: list[str] = []
    answer = runtime.ask("Who repairs the feed pump?", stream=pieces.append)
    assert answer.text == "Ada Lind" == "".join(pieces)
    assert answer.sources[0].title == "Pump"
    assert answer.route.router == "rule"
    assert answer.tokens.prompt > 0
    assert answer.tokens.completion == len("Ada Lind")
    parts = answer.timings_ms
    verbs = parts.embed + parts.retrieval + parts.router + parts.context + parts.load + parts.llm + parts.writeback
    assert 0 < verbs <= parts.total
    with TelemetryStore() as store:
        (row,) = store.tail(5)
    assert row.request_id == answer.request_id
    assert row.query == "Who repairs the feed pump?"
    assert len(row.router_features) == features.SIZE
    assert row.router_decision.model_id == "small"
    assert row.retrieval_stats.k == len(NOTES)
    assert row.retrieval_stats.nodes_used == len(answer.sources)
    assert row.versions.router == "rule"


@pytest.mark.usefixtures("smallest_first")
def test_exploring_is_logged_with_its_propensity_and_an_answer_can_be_rated(tmp_path: Path, open_runtime) -> None:
    small, big = model(tmp_path, "small", 1, say="a guess"), model(tmp_path, "big", 2, say="Ada Lind")
    runtime = open_runtime(small, big, config=Config(explore=1.0))
    answer = runtime.ask("Who repairs the feed pump?")
    assert answer.route.propensity == pytest.approx(1 / 8)
    assert runtime.ask("Is this medicine toxic?").route.propensity == 1
    runtime.rate(answer, "up")
    with TelemetryStore() as store:
        row, risky = store.tail(2)
    assert row.quality.score == 5
    assert {(arm.model_id, arm.rung, arm.context_bin) for arm in row.arms} == {
        (name, rung, size) for rung, name in enumerate(("small", "big")) for size in CONTEXT_BINS
    }
    chosen = row.router_decision
    assert (chosen.model_id, chosen.context_bin) == (answer.route.model_id, answer.route.context_bin)
    assert (chosen.temperature, chosen.top_p) == (answer.route.temperature, answer.route.top_p)
    assert chosen.propensity == pytest.approx(1 / 8)
    assert row.versions.features == features.VERSION
    assert risky.quality.score is None
    assert {runtime.explain("Who repairs the feed pump?").route.model_id for _ in range(20)} == {"small"}


@pytest.mark.usefixtures("smallest_first")
def test_risk_goes_to_the_largest_and_an_explanation_asks_nobody(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="a guess"), model(tmp_path, "big", 2, say="Ada Lind"))
    plain = runtime.explain("Who repairs the feed pump?")
    assert plain.route.model_id == "small"
    assert len(plain.choices) == 8
    risky = runtime.explain("Who repairs the feed pump after a blood pressure check?")
    assert risky.route.model_id == "big"
    assert "health" in risky.route.reason
    assert runtime._pool.model_ids == ()
    assert runtime.ask("Is this medicine toxic?").route.model_id == "big"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("budget_ms", value) for value in (0, -1.0, float("nan"), float("inf"), 10**20)),
        *(("max_tokens", value) for value in (0, -5, 10**20, 1.5)),
        *(("temperature", value) for value in (-0.1, float("nan"), float("inf"))),
    ],
)
def test_a_number_of_a_call_out_of_range_is_named_with_its_range(name, value, open_runtime) -> None:
    runtime = open_runtime()
    with pytest.raises(ValueError, match=f"{name} .*: must be a .*number from"):
        runtime.ask("Who repairs the feed pump?", **{name: value})
    for k in (0, -1, 10**20):
        with pytest.raises(ValueError, match=r"k .*: must be a whole number from"):
            runtime.memory.search(runtime.memory.embedder.embed(["pump"])[0], SearchParams(k=k))


def test_a_hurried_question_for_one_note_is_searched_without_attention(open_runtime) -> None:
    runtime = open_runtime()
    hurried = runtime.explain("Who repairs the feed pump?", budget_ms=60).route
    assert (hurried.plan, hurried.max_docs) == ("direct", 0)
    assert runtime.explain("Who repairs the feed pump?").route.plan == "graph"
    runtime.ask("Who repairs the feed pump?", budget_ms=60, model="small")  # in time or not
    assert runtime.ask("Who repairs the feed pump?", model="small").route.plan == "graph"
    with TelemetryStore() as store:
        assert [row.router_decision.plan for row in store.tail(2)] == ["direct", "graph"]


def test_an_answer_is_json(open_runtime) -> None:
    answer = open_runtime().ask("Who repairs the feed pump?")
    assert json.loads(msgspec.json.encode(answer))["route"]["router"] == "rule"


def test_a_filter_bounds_what_is_shown_and_is_logged(open_runtime) -> None:
    runtime = open_runtime()
    wanted = Filter(under=(str(Path(runtime.search("pump")[0].uri).parent / "ada.md"),))
    assert [note.title for note in runtime.search("Who repairs the feed pump?", filter=wanted)] == ["Ada Lind"]
    for answer in (
        runtime.ask("Who repairs the feed pump?", filter=wanted),
        runtime.chat(filter=wanted).ask("Who repairs the feed pump?"),
    ):
        assert {source.title for source in answer.sources} == {"Ada Lind"}
    runtime.ask("Who repairs the feed pump?", filter=Filter())
    with TelemetryStore() as store:
        assert {row.filter for row in store.tail(5)} == {wanted, None}


def test_a_filter_that_no_note_passes_is_said_and_no_model_is_loaded(open_runtime) -> None:
    runtime = open_runtime()
    with pytest.raises(UsageError, match="no notes match the filter"):
        runtime.ask("Who repairs the feed pump?", filter=Filter(tags=("absent",)))
    assert runtime.search("Who repairs the feed pump?", filter=Filter(tags=("absent",))) == ()
    assert runtime._pool.model_ids == ()


def test_a_filter_is_kept_out_of_a_log_without_words(open_runtime) -> None:
    runtime = open_runtime(config=Config(log_query_text=False))
    runtime.ask("Who repairs the feed pump?", filter=Filter(sources=("kb",)))
    with TelemetryStore() as store:
        assert [row.filter for row in store.tail(5)] == [None]


def test_search_asks_no_model(open_runtime) -> None:
    runtime = open_runtime()
    found = runtime.search("lentil soup on Fridays")
    assert found[0].uri.endswith("menu.txt")
    assert runtime._pool.model_ids == ()
    assert sum(note.score for note in found) == pytest.approx(1, abs=1e-5)


def test_an_empty_memory_still_answers_and_says_that_nothing_was_found(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime()
    for document in runtime.memory.store.documents():
        Path(document.uri).unlink()
    # An empty folder looks like a card that is not mounted.
    with pytest.raises(UsageError, match="3 notes whose files are gone were kept"):
        runtime.add(tmp_path / "notes", prune=True)
    asked: list[str] = []
    runtime.add(tmp_path / "notes", prune=True, confirm=lambda why: bool(asked.append(why) or why))
    assert ["notes is empty" in why for why in asked] == [True]
    answer = runtime.ask("Anything?")
    assert answer.sources == ()
    assert answer.route.context_bin == "tiny"


def test_what_is_excluded_is_not_read(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime()
    (tmp_path / "more" / "old").mkdir(parents=True)
    (tmp_path / "more" / "old" / "keel.md").write_text("# Keel\n\nLaid long ago.", encoding="utf-8")
    (tmp_path / "more" / "mast.md").write_text("# Mast\n\nStepped this spring.", encoding="utf-8")
    assert runtime.add(tmp_path / "more", exclude=["old/"]).added == 1
    titles = {document.title for document in runtime.memory.store.documents()}
    assert "Mast" in titles
    assert "Keel" not in titles


@pytest.mark.parametrize("head", ["short", "full"])
def test_the_answer_has_blocks_in_the_missions_format_whatever_the_model_saw(open_runtime, tmp_path, head) -> None:
    begins = "[1] " if head == "short" else "[Context block 1] (score=1.00, type=doc)\n"
    small = model(tmp_path, "small", 1, {"when": f"<|im_start|>user\n{begins}", "say": "seen"}, say="not seen")
    answer = open_runtime(small, config=Config(block_head=head)).ask("Who repairs the feed pump?")
    assert answer.text == "seen"
    for number, source in enumerate(answer.sources, start=1):
        assert source.block.startswith(f"[Context block {number}] (score=")
        assert len(source.block.splitlines()) > 1
    assert answer.sources[0].block.startswith("[Context block 1] (score=1.00, type=doc)\n")
    with TelemetryStore() as store:
        assert store.tail(1)[0].versions.prompt == f"{PROMPT_VERSION} {head}"


def test_query_text_stays_out_of_the_log_when_asked(open_runtime) -> None:
    runtime = open_runtime(config=Config(log_query_text=False))
    runtime.ask("Who repairs the feed pump?")
    with TelemetryStore() as store:
        assert store.tail(1)[0].query == ""


def test_write_back_always_remembers_with_edges_to_the_sources(open_runtime) -> None:
    runtime = open_runtime(config=Config(write_back="always"))
    before = runtime.memory.stats().nodes
    answer = runtime.ask("Who repairs the feed pump?")
    assert runtime.memory.stats().nodes == before + 1
    found = runtime.search("Question: Who repairs the feed pump? Answer: Ada Lind")
    (node,) = [node for node in runtime.memory.nodes(note.key for note in found) if node.type == "memory"]
    assert node.source == "agent"
    edges = runtime.memory.store.edges(node.key)
    assert {edge.dst for edge in edges} == {source.key for source in answer.sources}
    assert {(edge.rel, edge.metadata.created_by) for edge in edges} == {("cites", "router")}


def test_never_is_the_default_and_remember_is_explicit(open_runtime) -> None:
    runtime = open_runtime()
    before = runtime.memory.stats().nodes
    answer = runtime.ask("Who repairs the feed pump?")
    assert runtime.memory.stats().nodes == before
    runtime.remember("Who repairs the feed pump?", answer)
    assert runtime.memory.stats().nodes == before + 1


@pytest.mark.parametrize("words", [True, False])
def test_a_bad_rating_of_an_answer_given_before_removes_the_note_of_that(open_runtime, words) -> None:
    runtime = open_runtime(config=Config(write_back="always", log_query_text=words))
    before = runtime.memory.stats().nodes
    first, second = (runtime.ask("Who repairs the feed pump?") for _ in range(2))
    assert runtime.memory.stats().nodes == before + 1
    runtime.rate(second, "down")
    assert runtime.memory.stats().nodes == before + (not words)
    runtime.rate(first, "down")
    assert runtime.memory.stats().nodes == before


def test_a_trace_that_is_given_is_found_by_the_next_question(open_runtime) -> None:
    runtime = open_runtime()
    node = runtime.give(
        "Step 1: the winch was greased.", type="trace", tags=["run/7"], relation="agent_step", to=["pump.md"]
    )
    assert (node.type, node.source, node.metadata.tags) == ("trace", "agent", ("run/7",))
    assert [edge.rel for edge in runtime.memory.store.edges(node.key)] == ["agent_step"]
    assert runtime.search("Was the winch greased?")[0].node_id == node.id


@pytest.mark.usefixtures("smallest_first")
def test_an_empty_draft_goes_to_the_next_larger_model(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1), model(tmp_path, "big", 2, say="Narvik"))
    answer = runtime.ask("Where is Ada Lind from?")
    assert answer.text == "Narvik"
    assert (answer.route.model_id, answer.route.escalated_from) == ("big", "small")
    assert answer.assessment.accept
    assert answer.assessment.confidence > 0


def test_a_fastgrnn_that_escalates_shows_only_the_accepted_draft(tmp_path: Path, open_runtime) -> None:
    heads, bias = np.zeros((fastgrnn.OUTPUTS, 4)), np.zeros(fastgrnn.OUTPUTS)
    bias[0], bias[fastgrnn.CONTEXT.start], bias[-1] = 9.0, 9.0, 9.0
    cell = fastgrnn.Weights(
        features_version=features.VERSION,
        mean=np.zeros(64),
        std=np.ones(64),
        w=(np.zeros((4, 64)),),
        u=(np.zeros((4, 4)),),
        b_z=np.zeros(4),
        b_h=np.zeros(4),
        zeta=1.0,
        nu=-4.0,
        heads=heads,
        bias=bias,
    )
    (tmp_path / "r.grnn").write_bytes(fastgrnn.to_bytes(cell))
    runtime = open_runtime(
        model(tmp_path, "small", 1, say="a guess"),
        model(tmp_path, "big", 2, say="Ada Lind"),
        router=FastGrnnRouter(tmp_path / "r.grnn"),
    )
    pieces: list[str] = []
    answer = runtime.ask("Who repairs the feed pump?", stream=pieces.append)
    assert answer.text == "".join(pieces) == "Ada Lind"
    assert answer.route.router.startswith("fastgrnn:")
    assert answer.route.escalated_from == "small"


def test_a_conversation_extends_the_prompt_and_reuses_its_state(open_runtime) -> None:
    runtime = open_runtime()
    chat = runtime.chat()
    first = chat.ask("Who repairs the feed pump?")
    second = chat.ask("And where does she come from?")
    assert first.tokens.cached < first.tokens.prompt
    assert second.tokens.cached >= first.tokens.prompt
    chat.clear()
    assert chat.ask("Who repairs the feed pump?").tokens.prompt == first.tokens.prompt


def test_a_conversation_goes_on_from_turns_that_were_kept_elsewhere(open_runtime) -> None:
    runtime = open_runtime()
    chat = runtime.chat(turns=[("Who repairs the feed pump?", "Ada Lind")], instructions="Be brief.")
    plain, went_on = runtime.ask("And where does she come from?"), chat.ask("And where does she come from?")
    assert went_on.tokens.prompt > plain.tokens.prompt + len("Who repairs the feed pump?Ada LindBe brief.")
    assert {source.title for source in went_on.sources} >= {"Ada Lind"}


def test_one_model_may_be_asked_for_with_seed_and_stop(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="a b c"), model(tmp_path, "big", 2, say="d"))
    answer = runtime.ask("Who repairs the feed pump?", model="small", stop=["c"], seed=7, temperature=0.5, top_p=0.9)
    assert (answer.text, answer.route.model_id, answer.route.top_p) == ("a b", "small", 0.9)
    assert runtime.chat().ask("Who repairs the feed pump?", model="big").text == "d"
    states = {state.id: state for state in runtime.model_states()}
    assert [(state.resident, state.loads) for state in states.values()] == [(True, 1), (True, 1)]
    assert states["small"].rss_bytes > 0


def test_a_note_is_forgotten_by_its_id_with_its_document(open_runtime) -> None:
    runtime = open_runtime()
    (ada,) = [note for note in runtime.search("Ada Lind engineer Narvik") if note.title == "Ada Lind"]
    done = runtime.forget(ada.node_id)
    assert (done.uris, done.still_there) == ((ada.uri,), 1)
    assert "Ada Lind" not in {note.title for note in runtime.search("Ada Lind engineer Narvik")}
    node = runtime.give("The winch was greased.")
    assert runtime.forget(node.id).uris == ()
    with pytest.raises(UsageError, match="holds no note"):
        runtime.forget(node.id)


def test_a_follow_up_is_searched_beside_the_question_before_it(open_runtime) -> None:
    chat = open_runtime().chat()
    chat.ask("Which engineer repairs the feed pump?")
    assert "Pump" in {source.title for source in chat.ask("Really?").sources}


def test_a_worker_killed_while_it_answers_costs_one_request_and_the_next_succeeds(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, {"when": "storm", "say": "Th", "then": "crash"}, say="Ada Lind"))
    with pytest.raises(WorkerDied, match="small"):
        runtime.ask("Was there a storm?")
    with TelemetryStore() as store:
        (row,) = store.tail(1)
    assert (row.error, row.query, row.router_decision.model_id) == ("WorkerDied", "Was there a storm?", "small")
    assert len(row.router_features) == features.SIZE
    assert row.tokens.completion == 0
    assert runtime.ask("Who repairs the feed pump?").text == "Ada Lind"


def test_a_worker_killed_between_requests_costs_none(open_runtime) -> None:
    runtime = open_runtime()
    runtime.ask("Who repairs the feed pump?")
    worker, _ = runtime._pool.worker(runtime._inventory.load_spec("small"))
    os.kill(worker.pid, signal.SIGKILL)
    # Between requests means after its end: one that is still dying takes a request with it.
    while worker.pid is not None:
        time.sleep(0.01)
    assert runtime.ask("Who repairs the feed pump?").text == "Ada Lind"


def test_threads_yield_unless_the_user_named_a_number(open_runtime, monkeypatch) -> None:
    runtime, asked, generate = open_runtime(), [], Worker.generate

    def record(worker: Worker, request, *rest):
        asked.append(request.yielding)
        return generate(worker, request, *rest)

    monkeypatch.setattr(Worker, "generate", record)
    runtime.ask("Who repairs the feed pump?")
    runtime._answerer._inventory = ModelInventory(runtime._inventory.models, profiles.choose("generic"), n_threads=2)
    runtime.ask("Who repairs the feed pump?")
    assert list(dict.fromkeys(asked)) == [True, False]


def test_an_answer_can_be_stopped_and_the_next_one_is_whole(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, {"when": "story", "say": "word " * 5000}, say="Ada Lind"))
    assert not runtime.cancel()
    heard: list[str] = []

    def listen(piece: str) -> None:
        heard.append(piece)
        if len(heard) == 3:
            assert runtime.generating
            assert runtime.cancel()

    answer = runtime.ask("Tell me a story.", max_tokens=20_000, stream=listen, context="large")
    assert answer.finish_reason == "cancelled"
    assert answer.text == "".join(heard).strip()
    assert answer.tokens.completion < 5000
    assert answer.warnings == (f"the answer was stopped after {answer.tokens.completion} tokens",)
    assert runtime.ask("Who repairs the feed pump?").text == "Ada Lind"


@pytest.mark.usefixtures("smallest_first")
def test_a_stopped_draft_is_not_escalated(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say=""), model(tmp_path, "big", 2, say="Narvik"))
    generate = runtime._pool.worker

    def stopped(*arguments):
        worker, info = generate(*arguments)
        worker.generate = lambda request, handle, generate=worker.generate: (
            msgspec.structs.replace(item, reason="cancelled") for item in generate(request, handle)
        )
        return worker, info

    runtime._pool.worker = stopped
    answer = runtime.ask("Where is Ada Lind from?")
    assert (answer.finish_reason, answer.route.model_id) == ("cancelled", "small")


def test_an_answer_cut_by_its_bound_or_by_the_context_says_which(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="word " * 5000))
    assert runtime.ask("Who?", max_tokens=3, context="large").warnings == (
        "the answer was cut at 3 tokens: raise --max-tokens (max_tokens)",
    )
    (warning,) = runtime.ask("Who?", max_tokens=20_000, context="large").warnings
    assert "where the context of" in warning


@pytest.mark.usefixtures("smallest_first")
def test_two_models_are_resident_where_they_fit(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1), model(tmp_path, "big", 2, say="Narvik"))
    runtime.ask("Where is Ada Lind from?")
    assert runtime._pool.model_ids == ("small", "big")
    assert [candidate.warm for candidate in runtime._inventory.candidates(runtime._pool)] == [True, True]


@pytest.mark.parametrize("question", ["", " \n", "x" * 2**20])
def test_unusable_questions_are_refused_before_anything_runs(open_runtime, question: str) -> None:
    runtime = open_runtime()
    with pytest.raises(UsageError):
        runtime.ask(question)
    with TelemetryStore() as store:
        assert store.tail(1) == []


def test_a_count_is_answered_without_a_model_and_leaves_no_row(open_runtime) -> None:
    runtime = open_runtime(config=Config(response_cache_bytes=1 << 20, write_back="always"))
    pieces: list[str] = []
    answer = runtime.ask("How many notes mention Ada Lind?", stream=pieces.append)
    assert isinstance(answer, Listing)
    assert (answer.text, answer.total, answer.kind) == ("2 notes with the words Ada and Lind.", 2, "count")
    assert "".join(pieces) == answer.text
    assert answer.route.model_id == "" and answer.tokens.prompt == 0 and not answer.cached
    assert answer.timings_ms.load == answer.timings_ms.llm == answer.timings_ms.embed == 0
    assert len(runtime.memory) == len(NOTES)
    # A note more changes the answer at once: nothing was kept.
    runtime.memory.add("Ada Lind plays the organ.", title="Organ")
    assert runtime.ask("How many notes mention Ada Lind?").text.startswith("3 notes")
    with TelemetryStore() as store:
        assert store.tail(5) == []
    with pytest.raises(UsageError):
        runtime.rate(answer, "up")
    with pytest.raises(ValueError, match="limit 0"):
        runtime.ask("List all notes", limit=0)


def test_a_list_in_a_conversation_goes_on_with_more_and_the_model_is_asked_in_between(open_runtime) -> None:
    conversation = open_runtime().chat()
    first = conversation.ask("List all notes", limit=2)
    assert isinstance(first, Listing) and (first.total, first.next) == (3, 3)
    assert len(conversation.ask("more", limit=2).sources) == 1
    answer = conversation.ask("Who repairs the feed pump?")
    assert answer.text == "Ada Lind" and not isinstance(answer, Listing)
    # Nothing to go on with: the model is asked.
    assert conversation.ask("more").route.model_id == "small"


def test_a_count_of_things_in_texts_says_that_it_is_over_what_was_shown(open_runtime) -> None:
    runtime = open_runtime()
    for number in range(40):
        runtime.memory.add(f"Hut {number} has {number} bunks for guests of the house.", title=f"Hut {number}")
    answer = runtime.ask("How many huts have bunks?", context="tiny")
    assert any("is over the" in warning and "notes shown" in warning for warning in answer.warnings)
    for question in ("How many litres do the huts hold?", "Which hut has bunks?"):
        assert not any("is over the" in warning for warning in runtime.ask(question, context="tiny").warnings)


def test_closing_ends_the_process_of_an_embedder(open_runtime, monkeypatch) -> None:
    runtime = open_runtime()
    ended: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(GgufEmbedder, "close", lambda self: ended.append("embedder"))
        patch.setattr(runtime.memory, "embedder", object.__new__(GgufEmbedder))
        patch.setattr(runtime.memory, "close", lambda: ended.append("memory"))
        runtime.close()
    assert ended == ["embedder", "memory"]


WHO = {
    "type": "object",
    "properties": {"who": {"type": "string"}},
    "required": ["who"],
    "additionalProperties": False,
}


def test_an_answer_follows_a_json_schema(open_runtime) -> None:
    runtime = open_runtime(config=Config(response_cache_bytes=1 << 20))
    pieces: list[str] = []
    for _ in range(2):
        answer = runtime.ask("Who repairs the feed pump?", json_schema=WHO, stream=pieces.append)
        assert json.loads(answer.text) == {"who": "Ada Lind"}
        assert answer.sources[0].title == "Pump"
        assert not answer.cached
    assert "".join(pieces) == 2 * answer.text
    assert runtime.ask("Who repairs the feed pump?").text == "Ada Lind"
    assert runtime.ask("Who repairs the feed pump?", json_schema=WHO).text == answer.text, "not the kept answer"
    counted = runtime.ask("How many notes are there?", json_schema={"type": "integer"})
    assert isinstance(json.loads(counted.text), int)


def test_a_turn_follows_a_json_schema(open_runtime) -> None:
    conversation = open_runtime().chat()
    assert conversation.ask("Who repairs the feed pump?").text == "Ada Lind"
    assert json.loads(conversation.ask("And who is that?", json_schema=WHO).text) == {"who": "Ada Lind"}
    assert conversation.ask("And where is she from?").text == "Ada Lind"


@pytest.mark.usefixtures("smallest_first")
def test_a_larger_model_follows_the_schema_too(tmp_path: Path, open_runtime) -> None:
    small, big = model(tmp_path, "small", 1, say=""), model(tmp_path, "big", 2, say="Ada Lind")
    runtime = open_runtime(small, big)
    answer = runtime.ask("Who repairs the feed pump?", json_schema=WHO)
    assert json.loads(answer.text).keys() == {"who"}


def test_a_schema_that_cannot_be_followed_is_refused_before_a_model_is_loaded(open_runtime) -> None:
    runtime = open_runtime()
    for refused in ({"not": {}}, {"uniqueItems": True}):
        with pytest.raises(UsageError, match=next(iter(refused))):
            runtime.ask("Who repairs the feed pump?", json_schema=refused)
    assert runtime._pool.model_ids == ()


def test_the_likely_model_is_loaded_while_the_memory_is_searched(open_runtime, monkeypatch) -> None:
    monkeypatch.setattr("sanderling.opening.usable_cpus", lambda: 2)
    runtime = open_runtime()
    begun: list[object] = []
    retrieve = runtime._answerer._retrieve

    def searched(request):
        begun.append(runtime._pool._preload)
        return retrieve(request)

    monkeypatch.setattr(runtime._answerer, "_retrieve", searched)
    assert runtime.ask("Who repairs the feed pump?").text == "Ada Lind"
    assert runtime.ask("Who is Ada Lind?").text == "Ada Lind"
    assert begun[0] is not None
    assert begun[1] is None, "it is loaded already"


def test_no_model_is_loaded_beforehand_for_a_question_in_a_hurry(open_runtime, monkeypatch) -> None:
    """A budget may call for a smaller model, which would wait for the usual one."""
    monkeypatch.setattr("sanderling.opening.usable_cpus", lambda: 2)
    runtime, begun = open_runtime(), []
    monkeypatch.setattr(runtime._answerer, "_begin_load", lambda: begun.append(True))
    runtime.ask("Who repairs the feed pump?", budget_ms=60_000)
    assert begun == []


def test_a_question_adds_nothing_to_the_interned_strings(open_runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """pathlib interns the parts of each path; new ones, removed again, fill Python's table until it doubles."""
    runtime, intern, added = open_runtime(), sys.intern, []

    def watched(text: str) -> str:
        copy = "".join(list(text))
        kept = intern(copy)
        if kept is copy and len(copy) > 1:  # Python keeps all texts of one letter
            added.append(text)
        return kept

    runtime.ask("Who repairs the feed pump?", cache=False)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "intern", watched)
        for _ in range(10):
            runtime.ask("Who repairs the feed pump?", cache=False)
    assert len(added) < 10, added  # what is read from time to time may be new


def test_only_a_system_prompt_without_instructions_may_go_to_disk(open_runtime, monkeypatch) -> None:
    runtime, private = open_runtime(), list[bool]()
    generate = Worker.generate

    def noted(self, request, handle=None):
        private.append(request.shared_is_private)
        return generate(self, request, handle)

    monkeypatch.setattr(Worker, "generate", noted)
    runtime.chat().ask("Who repairs the feed pump?")
    runtime.chat(instructions="Call me Ada.").ask("Who repairs the feed pump?")
    assert private == [False, True]
    assert runtime.config.state_disk_bytes == 64 << 20, "which is kept unless it is switched off"
