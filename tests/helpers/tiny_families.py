"""Writes small random models of ten architectures, which llama.cpp loads: none is known to the package by its file.

Each has control tokens and a chat template in the style of its family, in our own words.
"""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

from sanderling.models.synth.vocabulary import vocabulary

WIDTH, HEADS, HEADS_KV, FEED_FORWARD, LAYERS, TOKENS = 128, 4, 2, 256, 2, 1024
HEAD = WIDTH // HEADS


def _template(system: str, user: str, assistant: str, end: str, start: str = "{{ bos_token }}") -> str:
    return (
        f"{start}{{% for m in messages %}}{{% if m.role == 'system' %}}{system}{{{{ m.content }}}}{end}"
        f"{{% elif m.role == 'user' %}}{user}{{{{ m.content }}}}{end}"
        f"{{% else %}}{assistant}{{{{ m.content }}}}{end}{{% endif %}}{{% endfor %}}"
        f"{{% if add_generation_prompt %}}{assistant}{{% endif %}}"
    )


_IM = ("<|im_start|>", "<|im_end|>")
_CHATML = _template("<|im_start|>system\n", "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>\n", "")
_HEADER = "<|start_header_id|>{}<|end_header_id|>\n\n"
FAMILIES: dict[str, tuple[tuple[str, ...], str]] = {
    "llama": (
        ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"),
        _template(_HEADER.format("system"), _HEADER.format("user"), _HEADER.format("assistant"), "<|eot_id|>"),
    ),
    "qwen2": (_IM, _CHATML),
    "qwen3": (
        (*_IM, "<think>", "</think>"),
        _CHATML.replace(
            "{% if add_generation_prompt %}<|im_start|>assistant\n",
            "{% if add_generation_prompt %}<|im_start|>assistant\n"
            "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}",
        ),
    ),
    "gemma3": (
        ("<start_of_turn>", "<end_of_turn>"),
        "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
        "{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else 'user' }}\n"
        "{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
        "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}",
    ),
    "phi3": (
        ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>"),
        _template("<|system|>\n", "<|user|>\n", "<|assistant|>\n", "<|end|>\n", ""),
    ),
    "olmo2": (("<|user|>", "<|assistant|>"), _template("<|system|>\n", "<|user|>\n", "<|assistant|>\n", "\n")),
    "smollm3": (_IM, _CHATML),
    "granite": (
        ("<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"),
        _template(
            *(f"<|start_of_role|>{role}<|end_of_role|>" for role in ("system", "user", "assistant")),
            "<|end_of_text|>\n",
            "",
        ),
    ),
    "lfm2": (_IM, _template("<|im_start|>system\n", "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>\n")),
    "lfm2moe": (
        _IM,
        _template("<|im_start|>system\n", "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>\n"),
    ),
}
"""Control tokens and chat template by architecture."""


def write_family(path: Path, family: str, *, template: str | None = None) -> Path:
    """Write a model of the architecture ``family``. ``template``: in place of the family's; empty: none."""
    control, own = FAMILIES[family]
    chat = own if template is None else template
    writer = gguf.GGUFWriter(path, family)
    words = vocabulary(TOKENS)
    tokens = list(words.tokens)
    free = (index for index, token in enumerate(tokens) if token.startswith("<|reserved_"))
    for token in control:
        if token not in tokens:
            tokens[next(free)] = token
    writer.add_name("tiny")  # by "phi3" in it llama.cpp would look for more tokens
    writer.add_block_count(LAYERS)
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv([0, HEADS_KV] if family.startswith("lfm2") else HEADS_KV)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10_000.0)
    writer.add_rope_dimension_count(HEAD)
    writer.add_vocab_size(TOKENS)
    if family.startswith("lfm2"):
        writer.add_shortconv_l_cache(3)
    if family == "lfm2moe":
        writer.add_expert_count(4)
        writer.add_expert_used_count(2)
        writer.add_expert_feed_forward_length(FEED_FORWARD)
        writer.add_leading_dense_block_count(1)
        writer.add_expert_gating_func(gguf.ExpertGatingFuncType.SIGMOID)
    if family == "phi3":
        writer.add_sliding_window(0)
        writer.add_rope_scaling_orig_ctx_len(2048)
    if family == "granite":
        writer.add_logit_scale(1.0)
        writer.add_residual_scale(1.0)
        writer.add_embedding_scale(1.0)
        writer.add_attention_scale(HEAD**-0.5)
    if family == "gemma3":
        writer.add_key_length(HEAD)
        writer.add_value_length(HEAD)
        writer.add_sliding_window(512)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("lfm2" if family.startswith("lfm2") else "default")
    writer.add_token_list(tokens)
    writer.add_token_types(list(words.types))
    writer.add_token_merges(list(words.merges))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(7)
    writer.add_add_bos_token(True)
    if chat:
        writer.add_chat_template(chat)
    draw = np.random.default_rng(7)
    for name, shape in _tensors(family):
        norm = name.endswith("norm.weight")
        data = np.ones(shape) if norm else draw.normal(0, 0.05, shape)
        writer.add_tensor(name, data.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _tensors(family: str) -> list[tuple[str, tuple[int, ...]]]:
    lfm = family.startswith("lfm2")
    found: list[tuple[str, tuple[int, ...]]] = [
        ("token_embd.weight", (TOKENS, WIDTH)),
        ("token_embd_norm.weight" if lfm else "output_norm.weight", (WIDTH,)),
    ]
    if family in {"phi3", "olmo2"}:
        found.append(("output.weight", (TOKENS, WIDTH)))
    for layer in range(LAYERS):
        found += [(f"blk.{layer}.{name}", shape) for name, shape in _layer(family, layer)]
    return found


def _layer(family: str, layer: int) -> list[tuple[str, tuple[int, ...]]]:
    kv, ff = HEADS_KV * HEAD, FEED_FORWARD
    if family == "phi3":
        return [
            ("attn_norm.weight", (WIDTH,)),
            ("attn_qkv.weight", (WIDTH + 2 * kv, WIDTH)),
            ("attn_output.weight", (WIDTH, WIDTH)),
            ("ffn_norm.weight", (WIDTH,)),
            ("ffn_up.weight", (2 * ff, WIDTH)),
            ("ffn_down.weight", (WIDTH, ff)),
        ]
    found: list[tuple[str, tuple[int, ...]]] = []
    if family == "olmo2":
        found += [("post_attention_norm.weight", (WIDTH,)), ("post_ffw_norm.weight", (WIDTH,))]
    else:
        found += [("attn_norm.weight", (WIDTH,)), ("ffn_norm.weight", (WIDTH,))]
    if family == "gemma3":
        found += [("post_attention_norm.weight", (WIDTH,)), ("post_ffw_norm.weight", (WIDTH,))]
    if family.startswith("lfm2") and layer == 0:
        found += [
            ("shortconv.conv.weight", (WIDTH, 3)),
            ("shortconv.in_proj.weight", (3 * WIDTH, WIDTH)),
            ("shortconv.out_proj.weight", (WIDTH, WIDTH)),
        ]
    else:
        found += [
            ("attn_q.weight", (WIDTH, WIDTH)),
            ("attn_k.weight", (kv, WIDTH)),
            ("attn_v.weight", (kv, WIDTH)),
            ("attn_output.weight", (WIDTH, WIDTH)),
        ]
        if family == "qwen2":
            found += [("attn_q.bias", (WIDTH,)), ("attn_k.bias", (kv,)), ("attn_v.bias", (kv,))]
        if family in {"qwen3", "gemma3", "lfm2", "lfm2moe"}:
            found += [("attn_q_norm.weight", (HEAD,)), ("attn_k_norm.weight", (HEAD,))]
        if family == "olmo2":
            found += [("attn_q_norm.weight", (WIDTH,)), ("attn_k_norm.weight", (kv,))]
    if family == "lfm2moe" and layer == 1:
        return [
            *found,
            ("ffn_gate_inp.weight", (4, WIDTH)),
            ("exp_probs_b.bias", (4,)),
            ("ffn_gate_exps.weight", (4, ff, WIDTH)),
            ("ffn_up_exps.weight", (4, ff, WIDTH)),
            ("ffn_down_exps.weight", (4, WIDTH, ff)),
        ]
    return [
        *found,
        ("ffn_gate.weight", (ff, WIDTH)),
        ("ffn_up.weight", (ff, WIDTH)),
        ("ffn_down.weight", (WIDTH, ff)),
    ]
