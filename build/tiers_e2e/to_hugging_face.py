"""Writes a llama-architecture GGUF as a Hugging Face folder that vLLM loads without a network.

``to_hugging_face.py MODEL.gguf OUT``: needs gguf, safetensors, tokenizers and torch, which the lock file brings.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

NAMES = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
TOP = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
CONTROL = 3
"""Type of control tokens in a GGUF."""


def weights(reader: GGUFReader, heads: int, kv_heads: int) -> dict[str, torch.Tensor]:
    """Return all weights in bfloat16, under Hugging Face's names."""
    found = {}
    for tensor in reader.tensors:
        shape = [int(size) for size in reversed(tensor.shape)]
        weight = dequantize(tensor.data, tensor.tensor_type).astype(np.float32).reshape(shape)
        name = TOP.get(tensor.name, "")
        if not name:
            _, layer, part, _ = tensor.name.split(".")
            name = f"model.layers.{layer}.{NAMES[part]}.weight"
            if part in ("attn_q", "attn_k"):  # llama.cpp keeps them in the order of its rotary embedding
                count = heads if part == "attn_q" else kv_heads
                rows = weight.shape[0] // count // 2
                weight = weight.reshape(count, rows, 2, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)
        found[name] = torch.from_numpy(np.ascontiguousarray(weight)).to(torch.bfloat16)
    return found


def tokenizer(fields: dict[str, Any]) -> Tokenizer:
    """Return the byte-level BPE tokenizer of a GGUF."""
    tokens, merges = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.merges"]
    made = Tokenizer(
        models.BPE(
            vocab={token: number for number, token in enumerate(tokens)},
            merges=[tuple(merge.split(" ")) for merge in merges],
        )
    )
    digits = pre_tokenizers.Digits(individual_digits=True)
    made.pre_tokenizer = pre_tokenizers.Sequence([digits, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    made.decoder = decoders.ByteLevel()
    kinds = fields["tokenizer.ggml.token_type"]
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind == CONTROL]
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return made


def main() -> None:
    """Write the folder."""
    source, out = sys.argv[1], Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    reader = GGUFReader(source)
    fields = {key: field.contents() for key, field in reader.fields.items()}
    llama = {key.removeprefix("llama."): value for key, value in fields.items() if key.startswith("llama.")}
    heads, kv_heads = llama["attention.head_count"], llama["attention.head_count_kv"]
    found = weights(reader, heads, kv_heads)
    save_file(found, out / "model.safetensors", metadata={"format": "pt"})
    tokenizer(fields).save(str(out / "tokenizer.json"))
    tokens = fields["tokenizer.ggml.tokens"]
    bos, eos = fields["tokenizer.ggml.bos_token_id"], fields["tokenizer.ggml.eos_token_id"]
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": llama["embedding_length"],
        "intermediate_size": llama["feed_forward_length"],
        "num_hidden_layers": llama["block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "hidden_act": "silu",
        "max_position_embeddings": llama["context_length"],
        "rms_norm_eps": round(llama["attention.layer_norm_rms_epsilon"], 8),
        "rope_theta": llama["rope.freq_base"],
        "vocab_size": llama["vocab_size"],
        "tie_word_embeddings": "lm_head.weight" not in found,
        "bos_token_id": bos,
        "eos_token_id": eos,
        "torch_dtype": "bfloat16",
    }
    told = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[bos],
        "eos_token": tokens[eos],
        "unk_token": tokens[0],
        "pad_token": tokens[2],
        "chat_template": fields["tokenizer.chat_template"],
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
    }
    for name, content in (
        ("config.json", config),
        ("generation_config.json", {"bos_token_id": bos, "eos_token_id": eos}),
        ("tokenizer_config.json", told),
    ):
        (out / name).write_text(json.dumps(content, indent=1))


if __name__ == "__main__":
    main()
