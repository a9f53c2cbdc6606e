"""States of notes, restored and merged, against the same prompt computed anew in the same steps: equal bits."""

from __future__ import annotations

import ctypes
import importlib.util
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest
import tiny_lfm2
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sanderling.engines import llama_api, llama_model
from sanderling.engines.choose import load_engine
from sanderling.engines.llama_engine import NO_ROOM, LlamaEngine
from sanderling.engines.protocol import Finish, GenerateRequest, LoadSpec
from sanderling.records import Sampling, Token

GREEDY = Sampling(temperature=0.0)
BUDGET = 1 << 26
DRAW = random.Random(3)


def ids_of(length: int) -> list[int]:
    """Random tokens that neither model has as control tokens."""
    return [DRAW.randrange(20, 250) for _ in range(length)]


SHARED = ids_of(23)
# A batch of 32: some notes take several, some exactly one, and one is a single token.
NOTES = [ids_of(length) for length in (40, 32, 1, 75, 33, 64)]
QUESTIONS = [ids_of(length) for length in (9, 17, 40)]


def engines() -> list[object]:
    names = ["llama_cpp", "xllamacpp"]
    return [
        *(pytest.param((name, "lfm2", "f16"), id=f"{name}-lfm2") for name in names),
        *(pytest.param((name, "lfm2", "q8_0"), id=f"{name}-lfm2-q8_0") for name in names),
        *(pytest.param((name, "smollm2", "f16"), id=f"{name}-smollm2", marks=pytest.mark.model) for name in names),
    ]


@pytest.fixture(scope="module", params=engines())
def spec(request, tmp_path_factory) -> tuple[str, LoadSpec]:
    name, model, kv_type = request.param
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    if model == "lfm2":
        pytest.importorskip("gguf", reason="the gguf package writes the test model")
        path = tmp_path_factory.mktemp("lfm2") / "tiny.gguf"
        with pytest.MonkeyPatch.context() as patch:
            if kv_type != "f16":  # keys of the shortest length at which they are rotated
                patch.setattr(tiny_lfm2, "HEADS", 1)
                patch.setattr(tiny_lfm2, "HEAD_DIM", 64)
            tiny_lfm2.write_tiny_lfm2(path, seed=7)
    else:
        path = request.getfixturevalue("smollm2_path")
    return name, LoadSpec(
        model_id=model,
        path=str(path),
        n_ctx=512,
        n_threads=1,
        n_threads_prefill=1,
        n_batch=32,
        kv_type=kv_type,
        state_bytes=BUDGET,
        note_states_bytes=BUDGET,
    )


@pytest.fixture(scope="module")
def loaded(spec) -> Iterator[tuple[LlamaEngine, LlamaEngine]]:
    name, found = spec
    kept, reference = (load_engine(name, found) for _ in range(2))
    assert isinstance(kept, LlamaEngine)
    assert isinstance(reference, LlamaEngine)
    yield kept, reference
    kept.close()
    reference.close()


def forget(engine: LlamaEngine, budget: int = BUDGET) -> LlamaEngine:
    """Bring an engine to the state in which it was loaded."""
    engine._sequence.forget()
    engine._sequence._cache = engine._cache()
    assert engine._notes is not None
    engine._notes.cache = type(engine._notes.cache)(engine._depends_on, budget)
    engine._notes._too_many_tokens = None
    return engine


@pytest.fixture
def kept(loaded) -> LlamaEngine:
    return forget(loaded[0])


@pytest.fixture
def reference(loaded) -> LlamaEngine:
    return forget(loaded[1])


def prompt(notes: Sequence[int], question: int = 0, apart: bool = True, **settings) -> GenerateRequest:
    ids, ends = list(SHARED), []
    for note in notes:
        ids += NOTES[note]
        ends.append(len(ids))
    request = {"max_tokens": 6, "sampling": GREEDY, "ignore_end": True, **settings}
    return GenerateRequest(
        prompt_ids=(*ids, *QUESTIONS[question]),
        shared_tokens=len(SHARED),
        blocks=tuple(ends) if apart else (),
        **request,
    )


class Run:
    def __init__(self, engine: LlamaEngine, request: GenerateRequest) -> None:
        items = list(engine.generate(request, lambda: False))
        finish = items[-1]
        assert isinstance(finish, Finish)
        self.tokens = [item for item in items if isinstance(item, Token)]
        self.logits = engine._sequence.ending().copy()
        self.cached, self.refused = finish.cached_tokens, finish.no_note_states

    def equals(self, other: Run) -> bool:
        """Bit for bit: ids, log-probabilities, margins, entropies, and all logits after the prompt."""
        return self.tokens == other.tokens and np.array_equal(self.logits.view(np.uint32), other.logits.view(np.uint32))


def sizes(*notes: int) -> int:
    return sum(len(NOTES[note]) for note in notes)


def test_restored_in_any_order_equals_computed_anew(kept: LlamaEngine, reference: LlamaEngine) -> None:
    assert Run(kept, prompt((0, 1, 2))).cached == 0
    for notes, question, known in (
        ((2, 0), 1, (2, 0)),
        ((3, 1, 0), 2, (1, 0)),
        ((0, 0, 3), 0, (0, 0, 3)),
        ((1,), 1, (1,)),
        ((4, 5, 3), 0, (3,)),
        ((5, 4, 3, 0), 2, (5, 4, 3, 0)),
    ):
        run = Run(kept, prompt(notes, question))
        assert run.cached == len(SHARED) + sizes(*known)
        again = Run(forget(reference), prompt(notes, question))
        assert again.cached == 0
        assert run.equals(again)


def test_without_saving_anything_the_result_is_the_same(kept: LlamaEngine, reference: LlamaEngine) -> None:
    """The plain way: each note in a sequence of its own, one after the other, then moved and merged where it lies."""
    notes, question = (0, 3, 1), 1
    run = Run(kept, prompt(notes, question))
    api, model = reference._api, reference._model
    params = model._params(512, 32, llama_api.POOLING_NONE)
    params.n_seq_max = len(notes) + 2
    assert llama_api.set_kv_unified(params)
    context = model._open(params)
    memory = api.llama_get_memory(context)

    class Batch(ctypes.Structure):
        _fields_ = (
            ("n_tokens", ctypes.c_int32),
            ("token", ctypes.POINTER(ctypes.c_int32)),
            ("embd", ctypes.c_void_p),
            ("pos", ctypes.POINTER(ctypes.c_int32)),
            ("n_seq_id", ctypes.POINTER(ctypes.c_int32)),
            ("seq_id", ctypes.POINTER(ctypes.POINTER(ctypes.c_int32))),
            ("logits", ctypes.POINTER(ctypes.c_int8)),
        )

    def decode(ids: Sequence[int], at: int, sequence: int) -> None:
        for start in range(0, len(ids), 32):
            part = ids[start : start + 32]
            n = len(part)
            one = ctypes.pointer(ctypes.c_int32(sequence))
            batch = Batch(
                n,
                (ctypes.c_int32 * n)(*part),
                None,
                (ctypes.c_int32 * n)(*range(at + start, at + start + n)),
                (ctypes.c_int32 * n)(*([1] * n)),
                (ctypes.POINTER(ctypes.c_int32) * n)(*([one] * n)),
                (ctypes.c_int8 * n)(*([0] * (n - 1) + [1])),
            )
            opaque = llama_api.Batch()
            ctypes.memmove(ctypes.addressof(opaque), ctypes.addressof(batch), ctypes.sizeof(batch))
            assert api.llama_decode(context, opaque) == 0

    try:
        shared = len(SHARED)
        decode(SHARED, 0, 0)
        for number, note in enumerate(notes, start=1):
            api.llama_memory_seq_cp(memory, 0, number, -1, -1)
            decode(NOTES[note], shared, number)
            assert api.llama_memory_seq_rm(memory, number, 0, shared)
        at = shared
        for number, note in enumerate(notes, start=1):
            length = len(NOTES[note])
            api.llama_memory_seq_add(memory, number, shared, shared + length, at - shared)
            api.llama_memory_seq_cp(memory, number, 0, at, at + length)
            assert api.llama_memory_seq_rm(memory, number, -1, -1)
            at += length
        decode(QUESTIONS[question], at, 0)
        row = (ctypes.c_float * reference.info.n_vocab).from_address(api.llama_get_logits_ith(context, -1))
        assert np.array_equal(np.ctypeslib.as_array(row).view(np.uint32), run.logits.view(np.uint32))
    finally:
        api.llama_free(context)


def test_blocks_do_not_see_each_other_and_a_single_one_is_computed_as_ever(kept: LlamaEngine) -> None:
    apart, whole = Run(kept, prompt((0, 3))), Run(kept, prompt((0, 3), apart=False))
    assert not apart.equals(whole)
    end = len(SHARED) + sizes(0)
    one, same = Run(kept, prompt((0,))), Run(kept, prompt((0,), apart=False, checkpoints=(end,)))
    assert one.equals(same)


def test_a_state_is_never_taken_for_that_of_other_blocks(kept: LlamaEngine, reference: LlamaEngine) -> None:
    """The same tokens as one block, as two, and as none, each asked after the others."""
    two = prompt((0, 1))
    one = msgspec.structs.replace(two, blocks=two.blocks[1:])
    none = msgspec.structs.replace(two, blocks=())
    first = {request.blocks: Run(forget(reference), request) for request in (two, one, none)}
    for request in (two, none, one, two, one, none):
        assert Run(kept, request).equals(first[request.blocks])


def test_an_ordinary_prompt_has_the_bits_of_an_ordinary_context(spec, kept: LlamaEngine) -> None:
    name, found = spec
    plain = load_engine(name, msgspec.structs.replace(found, note_states_bytes=0))
    assert isinstance(plain, LlamaEngine)
    Run(kept, prompt((3, 1)))
    for notes in ((0, 1), (3,)):
        assert Run(kept, prompt(notes, apart=False)).equals(Run(plain, prompt(notes, apart=False)))
    refused = Run(plain, prompt((0, 1)))
    assert refused.refused
    assert refused.equals(Run(forget(kept), prompt((0, 1), apart=False)))
    plain.close()


def test_a_conversation_goes_on_behind_merged_notes(kept: LlamaEngine, reference: LlamaEngine) -> None:
    first = Run(kept, prompt((0, 1)))
    said = prompt((0, 1)).prompt_ids + tuple(token.id for token in first.tokens)
    second = msgspec.structs.replace(prompt((0, 1)), prompt_ids=(*said, *QUESTIONS[1]))
    run = Run(kept, second)
    assert run.cached == len(said) - 1  # the last token drawn was never computed
    other = Run(kept, prompt((3,), 2))  # another conversation, and back
    back = Run(kept, msgspec.structs.replace(second, prompt_ids=(*said, *QUESTIONS[2])))
    assert back.cached >= len(prompt((0, 1)).prompt_ids)
    assert not back.refused and not other.refused
    # The same steps from nothing: the answer's tokens one by one.
    answered = len(prompt((0, 1)).prompt_ids)
    steps = tuple(range(answered, len(said)))
    again = Run(reference, msgspec.structs.replace(second, checkpoints=steps))
    assert again.cached == 0
    assert run.equals(again)


def test_eviction_between_questions_changes_nothing(kept: LlamaEngine, reference: LlamaEngine) -> None:
    Run(kept, prompt((3, 5)))
    assert kept._notes is not None
    room = kept._notes.cache.size_bytes
    forget(kept, room)
    for notes in ((3, 5), (0, 1), (5, 4), (3, 5), (2, 0, 1), (4, 3)):
        run = Run(kept, prompt(notes))
        assert not run.refused
        assert kept._notes.cache.size_bytes <= room
        assert run.equals(Run(forget(reference), prompt(notes)))


def test_what_does_not_fit_is_computed_in_the_ordinary_way_and_said(kept: LlamaEngine, reference: LlamaEngine) -> None:
    Run(kept, prompt((0,)))
    assert kept._notes is not None
    room = kept._notes.cache.size_bytes + 1000
    forget(kept, room)
    for _ in range(2):
        run = Run(kept, prompt((0, 3)))
        assert run.refused == NO_ROOM
        assert kept._notes.cache.size_bytes <= room
        assert run.equals(Run(forget(reference), prompt((0, 3), apart=False)))
    # Fewer tokens are tried again, as many are not.
    assert not kept._notes.may_fit(sizes(0, 3))
    assert not Run(kept, prompt((0,))).refused


def test_a_thousand_notes_stay_within_the_budget(spec, kept: LlamaEngine) -> None:
    if spec[1].model_id != "lfm2":
        pytest.skip("the real model takes minutes for this")
    assert kept._notes is not None
    budget = 1 << 18
    forget(kept, budget)
    most = 0
    for number in range(500):
        pair = [ids_of(20 + number % 7) for _ in range(2)]
        ends = (len(SHARED) + len(pair[0]), len(SHARED) + len(pair[0]) + len(pair[1]))
        request = GenerateRequest(
            prompt_ids=(*SHARED, *pair[0], *pair[1], *QUESTIONS[0]),
            max_tokens=1,
            sampling=GREEDY,
            shared_tokens=len(SHARED),
            blocks=ends,
        )
        assert not Run(kept, request).refused
        cache = kept._notes.cache
        held = list(cache._entries.values())
        assert cache.size_bytes == sum(len(each.state) + 4 * len(each.ids) for each in held)
        most = max(most, cache.size_bytes)
        assert most <= budget
    assert most > budget // 2  # states were kept, and had to go


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4, 5, 6, 7])
def test_cancelled_anywhere_leaves_a_sound_context(kept: LlamaEngine, reference: LlamaEngine, after: int) -> None:
    Run(kept, prompt((0,)))
    asked = iter([False] * after)
    *_, finish = kept.generate(prompt((0, 3, 5), 2), lambda: next(asked, True))
    assert isinstance(finish, Finish)
    assert finish.reason == "cancelled"
    for notes in ((0, 3, 5), (3, 1)):
        assert Run(kept, prompt(notes, 2)).equals(Run(forget(reference), prompt(notes, 2)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    walk=st.lists(
        st.tuples(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.integers(0, 2), st.booleans()),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_notes_in_whatever_order(spec, loaded, walk) -> None:
    """Orders and shifts of all kinds, with ordinary prompts between them."""
    if spec[1].model_id != "lfm2":
        return  # the real model takes minutes for this
    kept, reference = forget(loaded[0]), loaded[1]
    for notes, question, apart in walk:
        request = prompt(notes, question, apart, max_tokens=2)
        assert Run(kept, request).equals(Run(forget(reference), request))


def test_blocks_outside_their_place_are_refused(kept: LlamaEngine) -> None:
    good = prompt((0, 1))
    for wrong in (
        {"blocks": good.blocks[::-1]},
        {"blocks": (len(SHARED), *good.blocks)},
        {"blocks": (*good.blocks, len(good.prompt_ids))},
        {"shared_tokens": 0},
    ):
        with pytest.raises(ValueError, match="blocks lie between"):
            list(kept.generate(msgspec.structs.replace(good, **wrong), lambda: False))


def unmovable(spec, monkeypatch, change) -> tuple[str, Run, Run]:
    """Load where ``change`` made the states unmovable; return why, an answer, and that of an ordinary context."""
    name, found = spec
    if found.model_id != "lfm2":
        pytest.skip("one model is enough")
    plain = load_engine(name, msgspec.structs.replace(found, note_states_bytes=0))
    change(monkeypatch)
    engine = load_engine(name, found)
    assert isinstance(engine, LlamaEngine)
    assert isinstance(plain, LlamaEngine)
    result = engine.info.no_note_states, Run(engine, prompt((0, 1))), Run(plain, prompt((0, 1), apart=False))
    engine.close()
    plain.close()
    return result


def unknown_switches(monkeypatch) -> None:
    monkeypatch.setattr(llama_api, "_SWITCHES", b"\0\1\1\1\1\1")


def wrong_switch(monkeypatch) -> None:
    """Found, but another byte: the context has two streams, and says so."""
    monkeypatch.setattr(llama_model, "set_kv_unified", lambda params: True)


def no_convolution(monkeypatch) -> None:
    monkeypatch.setattr(llama_model, "CONVOLUTIONS", ())


@pytest.mark.parametrize(
    ("change", "why"),
    [(unknown_switches, "no switch"), (wrong_switch, "no switch"), (no_convolution, "recurrent state")],
)
def test_where_states_cannot_be_moved_the_ordinary_way_is_taken(spec, monkeypatch, change, why) -> None:
    reason, run, plain = unmovable(spec, monkeypatch, change)
    assert why in reason
    assert run.refused == reason
    assert run.equals(plain)


def test_quantized_keys_that_are_not_rotated_are_not_moved(spec, tmp_path, monkeypatch) -> None:
    """llama.cpp would end the process: heads of 32 values, or the rotation turned off in the environment."""
    name, found = spec
    if found.model_id != "lfm2":
        pytest.skip("one model is enough")
    tiny_lfm2.write_tiny_lfm2(tmp_path / "short.gguf", seed=7)
    short = msgspec.structs.replace(found, path=str(tmp_path / "short.gguf"), kv_type="q8_0")
    monkeypatch.setenv("LLAMA_ATTN_ROT_DISABLE", "0")
    for each in (short, msgspec.structs.replace(found, kv_type="q8_0")):
        engine = load_engine(name, each)
        assert engine.info.no_note_states == "this model's q8_0 keys cannot be moved"
        engine.close()


@pytest.mark.parametrize(
    ("function", "value", "why"),
    [
        ("llama_model_n_swa", 512, "sliding window"),
        ("llama_model_rope_type", 8, "positions cannot be shifted"),
        ("llama_memory_can_shift", False, "cannot be moved"),
    ],
)
def test_a_memory_of_another_kind_is_left_alone(spec, monkeypatch, function, value, why) -> None:
    def change(monkeypatch) -> None:
        init = llama_api.LlamaApi.__init__

        def patched(self, library: Path, name: str) -> None:
            init(self, library, name)
            setattr(self, function, lambda handle: value)

        monkeypatch.setattr(llama_api.LlamaApi, "__init__", patched)

    reason, run, plain = unmovable(spec, monkeypatch, change)
    assert why in reason
    assert run.equals(plain)
