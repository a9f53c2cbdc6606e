"""Find the documents and notes of a file that the memory already has.

They may be the same there, or another version.
"""

from __future__ import annotations

from ..store.exchange import keys_of
from ..store.store import Store
from .lines import DocumentLine, NodeLine


class Known:
    """The keys that a file's nodes have in the memory, and the refused lines."""

    def __init__(self, store: Store, documents: dict[str, tuple[str, ...]]) -> None:
        """Compare with ``store``; ``documents``: the node ids of each document, by its address."""
        self._store = store
        self._documents = documents
        self._keys: dict[str, int | None] = {}
        self.unchanged = 0
        """Notes that the memory has already."""
        self.refused: list[str] = []
        """One line for each document or note that the memory has otherwise."""

    def has_document(self, number: int, line: DocumentLine) -> bool:
        """Whether the memory already has the document of line ``number``, in any version.

        Such a document is not imported.
        """
        ids = self._documents[line.uri]
        if (there := self._store.document(line.uri)) is not None:
            nodes = self._store.document_nodes(there.key)
            if there.content_hash != line.content_hash or len(nodes) != len(ids):
                return self._refuse(number, ids, f"the memory has another version of {line.uri}, which stays")
            self._keys.update(zip(ids, nodes, strict=True))
            self.unchanged += len(ids)
            return True
        if held := keys_of(self._store, ids):
            where = self._store.nodes(held.values())[0].uri or "no document"
            self._keys.update(held)
            return self._refuse(
                number, [id for id in ids if id not in held], f"the memory has notes of {line.uri} under {where}"
            )
        return False

    def has_note(self, number: int, line: NodeLine) -> bool:
        """Whether the memory already has the note of line ``number``, in any version.

        The note belongs to no document.
        """
        held = keys_of(self._store, [line.id])
        if not held:
            return False
        self._keys.update(held)
        (node,) = self._store.nodes(held.values())
        if (node.text, node.type, node.title) == (line.text, line.type, line.title):
            self.unchanged += 1
            return True
        return self._refuse(number, [], f"the memory has another note with the id {line.id}, which stays")

    def key(self, id: str) -> int | None:
        """Return the key of the node with this id; None if neither the file nor the memory has such a node.

        It is None if the node was refused or is gone.
        """
        return self._keys[id] if id in self._keys else keys_of(self._store, [id]).get(id)

    def took(self, id: str, key: int) -> None:
        """Record the key of a node that was written."""
        self._keys[id] = key

    def _refuse(self, number: int, ids: tuple[str, ...] | list[str], why: str) -> bool:
        self._keys.update(dict.fromkeys(ids))
        self.refused.append(f"line {number}: {why}")
        return True
