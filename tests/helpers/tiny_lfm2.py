"""Write an LFM2 file with random weights: the hybrid architecture in half a megabyte, for its memory semantics."""

from __future__ import annotations

from pathlib import Path

import numpy as np

D, FF, LAYERS, HEADS, KV_HEADS, HEAD_DIM = 64, 128, 3, 2, 1, 32
ATTENTION_LAYERS = {1}
SPECIAL = ["<|pad|>", "<|startoftext|>", "<|endoftext|>", "<|fim_pre|>", "<|fim_mid|>", "<|fim_suf|>"]
SPECIAL += ["<|im_start|>", "<|im_end|>"]


def byte_alphabet() -> list[str]:
    """Return the 256 characters GPT-2's byte-level vocabularies write bytes with, in byte order."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in plain else chr(next(others)) for byte in range(256)]


def write_tiny_lfm2(
    path: Path,
    seed: int,
    *,
    bos: int = 1,
    eos: int = 7,
    n_ctx: int = 1024,
    fault: float = 0.0,
    empty: bool = False,
    words: Path | None = None,
    causal: bool = True,
) -> None:
    """``fault``: added to all weights, NaN for example; ``empty``: a header without tensors.

    ``words``: a GGUF file whose vocabulary follows the control tokens; None: the 256 bytes. ``causal`` False: it reads
    in both directions, as LFM2.5-Embedding does.
    """
    import gguf

    random = np.random.default_rng(seed)
    tokens, merges = SPECIAL + byte_alphabet(), [f"{byte_alphabet()[-1]} {byte_alphabet()[-1]}"]
    if words is not None:
        fields = gguf.GGUFReader(words).fields
        tokens = SPECIAL + [each for each in fields["tokenizer.ggml.tokens"].contents() if each not in SPECIAL]
        merges = fields["tokenizer.ggml.merges"].contents()

    def weights(*shape: int) -> np.ndarray:
        # Much larger than trained weights, so that the next token depends on all of the context.
        return (random.normal(0.0, 2.0 / np.sqrt(shape[-1]), shape) + fault).astype(np.float32)

    writer = gguf.GGUFWriter(path, "lfm2")
    writer.add_block_count(LAYERS)
    writer.add_context_length(n_ctx)
    writer.add_embedding_length(D)
    writer.add_feed_forward_length(FF)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv([KV_HEADS if layer in ATTENTION_LAYERS else 0 for layer in range(LAYERS)])
    writer.add_rope_freq_base(1e6)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_shortconv_l_cache(3)
    if not causal:
        writer.add_causal_attention(False)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("lfm2")
    writer.add_token_list(tokens)
    writer.add_token_types([3] * len(SPECIAL) + [1] * (len(tokens) - len(SPECIAL)))
    # One merge at least, because the loader wants the key and an empty array has no type; no text holds its two bytes.
    writer.add_token_merges(merges)
    writer.add_bos_token_id(bos)
    writer.add_eos_token_id(eos)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(True)

    if not empty:
        writer.add_tensor("token_embd.weight", weights(len(tokens), D))
        writer.add_tensor("token_embd_norm.weight", np.ones(D, np.float32))
    for layer in range(0 if empty else LAYERS):
        shapes = {"ffn_gate": (FF, D), "ffn_up": (FF, D), "ffn_down": (D, FF)}
        if layer in ATTENTION_LAYERS:
            shapes |= {"attn_q": (D, D), "attn_k": (KV_HEADS * HEAD_DIM, D), "attn_v": (KV_HEADS * HEAD_DIM, D)}
            shapes |= {"attn_output": (D, D)}
        else:
            shapes |= {"shortconv.conv": (D, 3), "shortconv.in_proj": (3 * D, D), "shortconv.out_proj": (D, D)}
        norms = {"attn_norm": D, "ffn_norm": D}
        if layer in ATTENTION_LAYERS:
            norms |= {"attn_q_norm": HEAD_DIM, "attn_k_norm": HEAD_DIM}
        for name, shape in shapes.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", weights(*shape))
        for name, size in norms.items():
            writer.add_tensor(f"blk.{layer}.{name}.weight", np.ones(size, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
