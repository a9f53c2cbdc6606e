"""A canary in private notes never arrives at a tier: generated requests, and mutants of the mask that must let it."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import msgspec
import pytest
from canaries import NOTES, QUESTIONS, SPOKEN, arrived, plant, rules
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tiered import edge, tiered

from sanderling import privacy as privacy_module
from sanderling.constraints import Constraints
from sanderling.errors import SanderlingError, TierFailed
from sanderling.filter import Filter
from sanderling.memory import never_leave
from sanderling.privacy import PrivacySettings, allows
from sanderling.records import CONTEXT_BINS, Message
from sanderling.remote.http import Server
from sanderling.request.history import History
from sanderling.request.request import Request
from sanderling.router import clearance as clearance_module
from sanderling.runtime import Runtime

pytestmark = pytest.mark.timeout(1800)

KINDS = ("tag", "domain", "folder")
LEVELS = ("local", "own", "any")
TRUSTS = {"edge.invalid:1": "own", "cloud.invalid:2": "third"}


class Recorder:
    """Stands where requests leave, and fails as it is told to."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, str]] = []
        self.fails: list[bool] = []
        self.arrived = 0
        """Requests that arrived, of all generated cases."""

    def events(self, server: Server, path: str, body: Any, permit: Any, handle: Any = None) -> Iterator[Any]:
        """Record a request; answer it or fail."""
        self.bodies.append((server.place, json.dumps(body)))
        assert permit.host in server.place
        if self.fails and self.fails.pop():
            raise TierFailed("as told", "status")
        yield {"choices": [{"delta": {"content": "there"}, "finish_reason": None}]}
        yield {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 9}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("canary")


@pytest.fixture(scope="module")
def runtime(folder: Path) -> Iterator[Runtime]:
    with pytest.MonkeyPatch.context() as patch:
        tiers = (
            edge("http://edge.invalid:1/v1"),
            edge("http://cloud.invalid:2/v1", name="cloud", trust="third"),
        )
        with tiered(folder, patch, *tiers, notes=NOTES, say=SPOKEN, response_cache_bytes=1 << 20) as opened:
            plant(opened)
            yield opened


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder()
    monkeypatch.setattr(Server, "events", lambda *args: recorder.events(*args))  # noqa: PLW0108 - bound as a method
    return recorder


def configured(runtime: Runtime, folder: Path, active: tuple[str, ...], **changes: Any) -> None:
    """Give the runtime other rules and settings."""
    given = rules(str(folder / "notes"))
    kept = PrivacySettings(never_leave=tuple(given[kind] for kind in active))
    changed = msgspec.structs.replace(runtime.config, privacy=kept, **changes)
    runtime._answerer._config = runtime._answerer._session._config = changed
    for tier in runtime._tiers.tiers:
        tier.breaker.succeed()


FILTERS = (
    None,
    Filter(tags=("public",)),
    Filter(tags=("public",)),
    Filter(tags=("private",)),
    Filter(domains=("Health",)),
    Filter(types=("memory", "summary")),
)
turns = st.lists(
    st.tuples(
        st.sampled_from(QUESTIONS),
        st.sampled_from((*LEVELS, "any", "any")),
        st.sampled_from((None, *CONTEXT_BINS)),
        st.sampled_from((None, None, None, None, "small", "edge/m", "cloud/m")),
        st.sampled_from((None, None, 1.0, 100.0)),
        st.booleans(),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=2000, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    active=st.sets(st.sampled_from(KINDS)).map(lambda kinds: tuple(sorted(kinds))),
    asked=turns,
    talk=st.booleans(),
    filter=st.sampled_from(FILTERS),
    explore=st.sampled_from((0.0, 1.0)),
    largest=st.booleans(),
    fails=st.lists(st.booleans(), max_size=4),
)
def requests(runtime, folder, recorder, active, asked, talk, filter, explore, largest, fails) -> None:
    """Ask, and look at what arrived."""
    configured(runtime, folder, active, explore=explore, always_largest=largest)
    recorder.bodies.clear()
    recorder.fails = list(fails)
    conversation = runtime.chat(filter=filter) if talk else None
    for question, privacy, context, wanted, budget_ms, streamed in asked:
        before = len(recorder.bodies)
        limits: dict[str, Any] = {
            "privacy": privacy,
            "context": context,
            "model": wanted or "",
            "budget_ms": budget_ms,
            "stream": (lambda text: None) if streamed else None,
            "max_tokens": 8,
        }
        found = None
        with suppress(SanderlingError):
            found = (
                conversation.ask(question, **limits) if conversation else runtime.ask(question, filter=filter, **limits)
            )
        sent = recorder.bodies[before:]
        recorder.arrived += len(sent)
        assert all(allows(privacy, TRUSTS[place]) for place, _ in sent)
        assert [arrived(body, active) for _, body in sent if arrived(body, active)] == []
        if found is not None:
            assert found.left_device == bool(sent)


def test_no_canary_arrives(runtime, folder, recorder) -> None:
    requests(runtime, folder, recorder)
    assert recorder.arrived > 500, "where nothing leaves, nothing is proved"


class Case(NamedTuple):
    """What the mask looks at."""

    question: str
    privacy: str
    active: tuple[str, ...]
    history: str
    """Who has read the earlier turn: nobody, the tier itself, or the same server under another trust."""
    filter: Filter | None = None


READ = Filter(sources=("kb",))
"""Without what a model wrote, which is withheld whatever else is asked and would hide the other conditions."""
CASES = [
    *(Case(question, "any", (kind,), "") for question in QUESTIONS for kind in KINDS),
    *(Case(question, "any", (kind,), "", READ) for question in QUESTIONS for kind in KINDS),
    *(Case(QUESTIONS[3], level, (), "", READ) for level in LEVELS),
    *(Case(question, "any", (), "") for question in QUESTIONS),
    *(Case(QUESTIONS[3], "any", (), history, READ) for history in ("local", "other")),
    *(Case(QUESTIONS[0], "any", (kind,), "", Filter(types=("summary",))) for kind in KINDS),
]


def leaks(runtime: Runtime, folder: Path) -> list[str]:
    """Return what the mask as it stands would let leave, of all cases and tiers."""
    found = []
    answerer = runtime._answerer
    for case in CASES:
        configured(runtime, folder, case.active)
        history = History()
        if case.history:
            history.messages += [Message(role="user", content=SPOKEN), Message(role="assistant", content=SPOKEN)]
            history.sent_to = "" if case.history == "local" else "http://edge.invalid:1/v1 m third"
        request = Request(
            case.question, constraints=Constraints(privacy=case.privacy), history=history, filter=case.filter
        )
        retrieved, nodes = answerer._retrieve(request)
        clearance = answerer._clearance(request, retrieved, nodes)
        for candidate in runtime._tiers.candidates("any"):
            for name, tokens in (("tiny", 96), ("large", 768)):
                if clearance.refusal(candidate, name, tokens):
                    continue
                parcel = clearance.parcel(candidate.model_id, name)
                if not allows_as_written(case.privacy, candidate.trust):
                    found.append(f"{case.privacy} {candidate.trust}")
                found += arrived(" ".join(each.content for each in parcel.messages), case.active)
    return found


def allows_as_written(privacy: str, trust: str) -> bool:
    """Say by other means than the module under test whether a request may go somewhere."""
    return (privacy, trust) in {("own", "own"), ("any", "own"), ("any", "third")}


def test_the_mask_lets_something_leave_and_nothing_private(runtime, folder) -> None:
    assert leaks(runtime, folder) == []
    request = Request(QUESTIONS[3], constraints=Constraints(privacy="any"), filter=Filter(tags=("public",)))
    configured(runtime, folder, KINDS)
    found, nodes = runtime._answerer._retrieve(request)
    clearance = runtime._answerer._clearance(request, found, nodes)
    assert [clearance.refusal(each, "tiny", 96) for each in runtime._tiers.candidates("any")] == ["", ""]


MASKS: list[tuple[ModuleType, str]] = [
    (clearance_module, "mask"),
    (clearance_module, "Clearance.refusal"),
    (clearance_module, "Clearance._parcel"),
    (never_leave, "NeverLeave.among"),
    (never_leave, "NeverLeave._by_itself"),
    (privacy_module, "allows"),
]
HARMLESS = ("request.json_schema", "request.constraints.model_id", "Return")
"""Conditions of the same functions that are about other things than privacy."""


def mutants() -> Iterator[tuple[str, ModuleType, str, ast.FunctionDef]]:
    """Yield each function of the mask without one of its statements, as far as it still can be called."""
    for module, name in MASKS:
        owner = module
        for part in name.split("."):
            owner = getattr(owner, part)
        tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
        places = [
            (parent, field, at)
            for parent in ast.walk(tree)
            for field in ("body", "orelse")
            if isinstance(getattr(parent, field, None), list) and not isinstance(parent, ast.Module)
            for at, statement in enumerate(getattr(parent, field))
            if isinstance(statement, ast.If | ast.For)
        ]
        for number in range(len(places)):
            fresh = ast.parse(textwrap.dedent(inspect.getsource(owner)))
            spots = [
                (parent, field, at)
                for parent in ast.walk(fresh)
                for field in ("body", "orelse")
                if isinstance(getattr(parent, field, None), list) and not isinstance(parent, ast.Module)
                for at, statement in enumerate(getattr(parent, field))
                if isinstance(statement, ast.If | ast.For)
            ]
            parent, field, at = spots[number]
            statement = getattr(parent, field)[at]
            what = ast.unparse(statement.test if isinstance(statement, ast.If) else statement.iter)
            if any(harmless in what for harmless in HARMLESS):
                continue
            if name == "Clearance._parcel":  # sent to everybody instead of to nobody
                statement.test = ast.Constant(True)
            elif name == "allows":
                statement.test = ast.Constant(True)
                statement.body = [ast.Return(ast.Constant(True))]
            else:
                getattr(parent, field)[at] = ast.Pass()
            yield f"{name}: {what}", module, name, ast.fix_missing_locations(fresh).body[0]


MUTANTS = list(mutants())


@pytest.mark.parametrize("number", range(len(MUTANTS)), ids=[each[0] for each in MUTANTS])
def test_a_mask_without_one_of_its_conditions_is_caught(runtime, folder, monkeypatch, number: int) -> None:
    _, module, name, function = MUTANTS[number]
    space: dict[str, Any] = dict(vars(module))
    exec(compile(ast.Module([function], []), "mutant", "exec"), space)
    owner, last = (module, name) if "." not in name else (getattr(module, name.split(".")[0]), name.split(".")[1])
    monkeypatch.setattr(owner, last, space[last])
    if name == "allows":
        monkeypatch.setattr(clearance_module, "allows", space[last])
    assert leaks(runtime, folder) != []


def test_there_are_mutants_of_every_part() -> None:
    assert {name for _, _, name, _ in MUTANTS} == {name for _, name in MASKS}
    assert len(MUTANTS) >= 10
