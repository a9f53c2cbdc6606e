"""Write GGUF files that hold a vocabulary and nothing else, with control and user-defined tokens of our choice."""

from __future__ import annotations

from pathlib import Path

from tiny_lfm2 import byte_alphabet

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6
CONTROLS = ("<s>", "</s>", "<|im_start|>", "<|im_end|>")
# Prefixes of one another, one inside another, white space, single characters, no Latin.
DEFINED = ("<tool_call>", "</tool_call>", "<tool", "<tool_call>{", "call>", "[PAD1]", "[PAD10]", "日本", "🙂", "ё")
WHITE_SPACE = ("\n\n", "   ", "\t\t", " \n")


def write_bpe(path: Path) -> None:
    """Byte-level pairs, as LFM2, SmolLM2 and Qwen have them."""
    tokens = [*CONTROLS, *DEFINED, *WHITE_SPACE, *byte_alphabet(), "<s"]
    types = [CONTROL] * len(CONTROLS) + [USER_DEFINED] * len(DEFINED + WHITE_SPACE) + [NORMAL] * 257
    _write(path, "gpt2", tokens, types, {"pre": "lfm2", "merges": ["< s", "<s >"], "bos": 0, "eos": 3})


def write_spm(path: Path, *, space_prefix: bool) -> None:
    """SentencePiece, as Llama 2 (a space before every text) and Gemma (none) have it."""
    parts = ["▁", "<s", "▁a", "to", "ol", "tool", "ll", "ca", "call", *map(chr, range(33, 127))]
    tokens = ["<unk>", *CONTROLS, *DEFINED, *WHITE_SPACE, *(f"<0x{byte:02X}>" for byte in range(256)), *parts]
    types = [UNKNOWN] + [CONTROL] * len(CONTROLS) + [USER_DEFINED] * len(DEFINED + WHITE_SPACE)
    types += [BYTE] * 256 + [NORMAL] * len(parts)
    keys = {"scores": [-float(at) for at in range(len(tokens))], "bos": 1, "eos": 4, "space_prefix": space_prefix}
    _write(path, "llama", tokens, types, keys)


def _write(path: Path, model: str, tokens: list[str], types: list[int], keys: dict[str, object]) -> None:
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model(model)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    writer.add_bos_token_id(keys["bos"])
    writer.add_eos_token_id(keys["eos"])
    if "pre" in keys:
        writer.add_tokenizer_pre(keys["pre"])
        writer.add_token_merges(keys["merges"])
    else:
        writer.add_token_scores(keys["scores"])
        writer.add_add_space_prefix(keys["space_prefix"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
