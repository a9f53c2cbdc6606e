"""Runs one peer as a child process that reads and writes lines of JSON.

The interpreter of the peer's own environment runs it, so it imports nothing of ours. ``python child.py NAME SETTINGS``
reads one request a line: ``open``, ``ingest``, ``ask``, ``rank`` or ``end``, and writes one reply a line. What the
libraries print goes to stderr.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

# Before the libraries are imported, which read these.
QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "CHROMA_TELEMETRY": "False",
    "LANGCHAIN_TRACING_V2": "false",
    "LANGSMITH_TRACING": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ORT_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
MAX_TOKENS = 64


class Embedder:
    """Turns texts into unit vectors with the embedder's file, one text at a time."""

    def __init__(self, folder: str, threads: int) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(f"{folder}/model.onnx", options, ["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self._tokenizer.enable_truncation(256)
        self._tokenizer.no_padding()
        self._inputs = {each.name for each in self._session.get_inputs()}

    def embed(self, texts: list[str]) -> list[list[float]]:
        import numpy as np

        found = []
        for text in texts:
            ids = np.array([self._tokenizer.encode(text).ids], np.int64)
            given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
            out = self._session.run(None, {name: given[name] for name in self._inputs})[0]
            vector = out.mean(axis=1)[0] if out.ndim == 3 else out[0]
            found.append((vector / np.linalg.norm(vector)).tolist())
        return found

    embed_documents = embed

    def embed_query(self, text: str) -> list[float]:
        return self.embed([text])[0]


class LangChainChroma:
    """LangChain's RAG tutorial with Chroma, and with the model in a llama-server on the loopback address."""

    PROMPT = (
        "You are an assistant for question-answering tasks. Use the following pieces of retrieved context to answer"
        " the question. If you don't know the answer, just say that you don't know. Use three sentences maximum and"
        " keep the answer concise.\nQuestion: {question} \nContext: {context} \nAnswer:"
    )

    def __init__(self, settings: dict[str, Any]) -> None:
        import xllamacpp
        from chromadb.config import Settings
        from langchain_chroma import Chroma
        from langchain_openai import ChatOpenAI

        params = xllamacpp.CommonParams()
        params.model.path = settings["model"]
        params.n_ctx = 4096
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
        params.hostnames, params.port = ["127.0.0.1"], _free_port()
        self._server = xllamacpp.Server(params)
        self._chat = ChatOpenAI(
            base_url=f"http://127.0.0.1:{params.port}/v1",
            api_key="none",
            model="model",
            temperature=0,
            max_tokens=MAX_TOKENS,
        )
        self._store = Chroma(
            collection_name="notes",
            embedding_function=Embedder(settings["embedder"], settings["threads"]),
            persist_directory=settings["folder"],
            client_settings=Settings(anonymized_telemetry=False, is_persistent=True),
        )

    def ingest(self, documents: list[dict[str, str]]) -> None:
        from langchain_core.documents import Document
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        whole = [Document(page_content=each["text"], metadata={"id": each["id"]}) for each in documents]
        pieces = splitter.split_documents(whole)
        for start in range(0, len(pieces), 1000):  # below the most that Chroma takes at once
            self._store.add_documents(pieces[start : start + 1000])

    def ask(self, question: str) -> Generator[str]:
        context = "\n\n".join(each.page_content for each in self._store.similarity_search(question))
        for piece in self._chat.stream(self.PROMPT.format(question=question, context=context)):
            yield str(piece.content)

    def rank(self, question: str) -> list[str]:
        # More pieces than five, since several may be of one note.
        return [each.metadata["id"] for each in self._store.similarity_search(question, k=20)]


class Txtai:
    """txtai's RAG pipeline over its embeddings database."""

    TEMPLATE = (
        "\n  Answer the following question using the provided context.\n\n  Question:\n  {question}\n\n  Context:\n"
        "  {context}\n"
    )
    graph = False

    def __init__(self, settings: dict[str, Any]) -> None:
        from txtai import LLM, RAG, Embeddings

        embedder = Embedder(settings["embedder"], settings["threads"])
        self._path = f"{settings['folder']}/index"
        options = {"graph": True} if self.graph else {}
        self._embeddings = Embeddings(
            method="external", transform=lambda texts: embedder.embed(list(texts)), content=True, **options
        )
        if Path(self._path).exists():
            self._embeddings.load(self._path)
            self._embeddings.model.transform = lambda texts: embedder.embed(list(texts))
        threads = {"n_threads": settings["threads"], "n_threads_batch": settings["threads"]}
        self._llm = LLM(settings["model"], method="llama.cpp", n_ctx=4096, **threads)
        self._rag = RAG(self._embeddings, self._llm, template=self.TEMPLATE, output="flatten")

    def ingest(self, documents: list[dict[str, str]]) -> None:
        self._embeddings.index((each["id"], each["text"], None) for each in documents)
        self._embeddings.config.pop("transform", None)  # a function cannot be written to disk
        self._embeddings.save(self._path)

    def ask(self, question: str) -> Generator[str]:
        texts = self._central(question)[:3] if self.graph else None
        options = {"maxlength": MAX_TOKENS, "stream": True, "temperature": 0.0, "defaultrole": "user"}
        if texts is None:
            yield from self._rag(question, **options)
            return
        context = " ".join(text for _, text in texts)
        yield from self._llm(self.TEMPLATE.format(question=question, context=context), **options)

    def rank(self, question: str) -> list[str]:
        if self.graph:
            return [name for name, _ in self._central(question)]
        return [row["id"] for row in self._embeddings.search(question, 10)]

    def _central(self, question: str) -> list[tuple[str, str]]:
        found = self._embeddings.search(question, 10, graph=True)
        nodes = list(found.centrality().keys())
        return [(found.attribute(node, "id"), found.attribute(node, "text")) for node in nodes]


class TxtaiGraph(Txtai):
    """txtai's RAG pipeline with its semantic graph.

    The context is taken from the most central of the nearest notes.
    """

    graph = True


PEERS = {"langchain-chroma": LangChainChroma, "txtai": Txtai, "txtai-graph": TxtaiGraph}


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def timed(pieces: Generator[str, None, str | None]) -> dict[str, object]:
    """Return the text of an answer with the times of its first and its last piece, in milliseconds.

    The text is what the generator returns, or its pieces joined if that is None.
    """
    began, first, said = time.perf_counter(), 0.0, list[str]()
    while True:
        try:
            piece = next(pieces)
        except StopIteration as end:
            total = time.perf_counter() - began
            text = "".join(said) if end.value is None else end.value
            return {"text": text.strip(), "first_ms": 1000 * (first or total), "total_ms": 1000 * total}
        if piece and not first:
            first = time.perf_counter() - began
        said.append(piece)


def serve(peer: Any, requests: Iterator[str], out: Any) -> None:
    """Answer requests until a request says ``end``.

    An error becomes a reply, so that one failed question fails no other.
    """
    for line in requests:
        request = json.loads(line)
        did = request["do"]
        if did == "end":
            return
        try:
            reply: dict[str, object] = {}
            if did == "ingest":
                began = time.perf_counter()
                peer.ingest(json.loads(Path(request["documents"]).read_text(encoding="utf-8")))
                reply = {"seconds": time.perf_counter() - began}
            elif did == "ask":
                reply = timed(peer.ask(request["question"]))
            elif did == "rank":
                reply = {"ranked": [str(name) for name in peer.rank(request["question"])]}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"[:500]}
        out.write(json.dumps(reply) + "\n")
        out.flush()


def main() -> None:
    """Run one peer. Its own prints go to stderr: stdout carries the replies alone."""
    os.environ.update(QUIET)
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    serve(PEERS[sys.argv[1]](json.loads(sys.argv[2])), iter(sys.stdin), out)
    out.close()
    os._exit(0)  # threads of servers would keep the process


if __name__ == "__main__":
    main()
