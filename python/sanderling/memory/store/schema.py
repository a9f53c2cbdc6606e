"""The tables of a memory file, and the numbers that mark a file as a memory.

Triggers maintain the full-text table (``node_text``) and the change log (``change``); foreign keys delete everything
that belongs to a deleted node or document.

The index follows the store by the change log. Every writing transaction begins with a marker row that carries its
generation; the triggers then add a row for each vector and each edge changed. The newest generation in the log is the
generation of the memory. A snapshot can be brought up to date only while its generation is still in the log; older rows
are deleted when a newer snapshot has been written.
"""

from __future__ import annotations

# Bytes 68..71 of the file, which distinguish a memory from any other SQLite database. ASCII "Sand".
APPLICATION_ID = 0x53616E64
SCHEMA_VERSION = 4
# As in the index: `MAX_DIM` of the core.
MAX_DIM = 1 << 16

# Fixed for ever: the index stores the numbers, and trained attention has weights for them. Relations that users add get
# the numbers after these.
RELATIONS = {"cites": 0, "follows": 1, "same_topic": 2, "agent_step": 3, "shares_entity": 4}
# The index keeps relation ids in 16 bits.
RELATION_LIMIT = 1 << 16

# Format 1 has no such tables, and is upgraded when it is opened.
NAMES = """
-- What a node's document is called beside its title, and the headings in the node's own text.
CREATE TABLE name(
    node INTEGER NOT NULL REFERENCES node(key) ON DELETE CASCADE,
    heading INTEGER NOT NULL CHECK(heading IN (0, 1)),
    text TEXT NOT NULL,
    PRIMARY KEY(node, heading, text)
) WITHOUT ROWID;

-- Names of two words and more in a node's text.
CREATE TABLE entity(
    text TEXT NOT NULL,
    node INTEGER NOT NULL REFERENCES node(key) ON DELETE CASCADE,
    PRIMARY KEY(text, node)
) WITHOUT ROWID;
CREATE INDEX entity_node ON entity(node);
"""

# Format 2 has no such columns. ALTER TABLE writes them into the schema as they are written here, comma and all.
ADDED_COLUMNS = ("names TEXT NOT NULL DEFAULT ''", "dated TEXT NOT NULL DEFAULT ''", "beside TEXT NOT NULL DEFAULT ''")
ADDED = ", " + ", ".join(ADDED_COLUMNS)

# Up to format 2.
FULL_TEXT_2 = """
CREATE VIRTUAL TABLE node_text USING fts5(
    title, text, content='node', content_rowid='key', tokenize='porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER node_text_insert AFTER INSERT ON node BEGIN
    INSERT INTO node_text(rowid, title, text) VALUES(new.key, new.title, new.text);
END;
CREATE TRIGGER node_text_delete AFTER DELETE ON node BEGIN
    INSERT INTO node_text(node_text, rowid, title, text) VALUES('delete', old.key, old.title, old.text);
END;
CREATE TRIGGER node_text_update AFTER UPDATE OF key, title, text ON node BEGIN
    INSERT INTO node_text(node_text, rowid, title, text) VALUES('delete', old.key, old.title, old.text);
    INSERT INTO node_text(rowid, title, text) VALUES(new.key, new.title, new.text);
END;
"""

FULL_TEXT = """
CREATE VIRTUAL TABLE node_text USING fts5(
    title, text, names, beside, content='node', content_rowid='key',
    tokenize="porter unicode61 remove_diacritics 2 categories 'L* M* N*'"
);
CREATE TRIGGER node_text_insert AFTER INSERT ON node BEGIN
    INSERT INTO node_text(rowid, title, text, names, beside)
    VALUES(new.key, new.title, new.text, new.names, new.beside);
END;
CREATE TRIGGER node_text_delete AFTER DELETE ON node BEGIN
    INSERT INTO node_text(node_text, rowid, title, text, names, beside)
    VALUES('delete', old.key, old.title, old.text, old.names, old.beside);
END;
CREATE TRIGGER node_text_update AFTER UPDATE OF key, title, text, names, beside ON node BEGIN
    INSERT INTO node_text(node_text, rowid, title, text, names, beside)
    VALUES('delete', old.key, old.title, old.text, old.names, old.beside);
    INSERT INTO node_text(rowid, title, text, names, beside)
    VALUES(new.key, new.title, new.text, new.names, new.beside);
END;
"""

# Nodes with a time of their own, see `Dated` in records.py.
TIMES = "CREATE INDEX node_time ON node(timestamp) WHERE dated IN ('stated', 'name');\n"

TABLES = """
CREATE TABLE meta(
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- AUTOINCREMENT: a key that was deleted must not come back, since an index that has not caught up still knows it.
CREATE TABLE document(
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    uri TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    ingested_at TEXT NOT NULL,
    node_count INTEGER NOT NULL
);

-- The title stands here as well as in document: the full-text triggers need it after the document's row is gone, and
-- nodes written back by an agent have a title without a document. Likewise names (the document's path and folders, as
-- words) and dated (where the timestamp is from, "" for a node without a document). In beside are the words of title,
-- text and names that SQLite's tokenizer does not find there: sanderling/text/searched.py.
CREATE TABLE node(
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL,
    title TEXT NOT NULL,
    type TEXT NOT NULL CHECK(type IN ('doc', 'memory', 'trace', 'tool_result', 'summary')),
    source TEXT NOT NULL CHECK(source IN ('kb', 'user', 'agent', 'system')),
    document INTEGER REFERENCES document(key) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    timestamp TEXT NOT NULL,
    tags TEXT NOT NULL CHECK(json_valid(tags)),
    language TEXT NOT NULL,
    domain TEXT NOT NULL,
    version TEXT NOT NULL,
    score REAL NOT NULL
{added});
CREATE INDEX node_document ON node(document, position);

-- Vectors apart from the texts: a rebuild of the index then reads vectors and nothing else.
CREATE TABLE vector(
    node INTEGER PRIMARY KEY REFERENCES node(key) ON DELETE CASCADE,
    value BLOB NOT NULL
);

CREATE TABLE relation(
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE edge(
    key INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    src INTEGER NOT NULL REFERENCES node(key) ON DELETE CASCADE,
    dst INTEGER NOT NULL REFERENCES node(key) ON DELETE CASCADE,
    rel INTEGER NOT NULL REFERENCES relation(id),
    weight REAL NOT NULL CHECK(weight > 0),
    timestamp TEXT NOT NULL,
    created_by TEXT NOT NULL CHECK(created_by IN ('router', 'agent', 'user')),
    confidence REAL NOT NULL,
    UNIQUE(src, dst, rel)
);
CREATE INDEX edge_dst ON edge(dst);

-- Addresses a node's text links to, whether or not a document of that address is known yet.
CREATE TABLE link(
    node INTEGER NOT NULL REFERENCES node(key) ON DELETE CASCADE,
    target TEXT NOT NULL,
    PRIMARY KEY(node, target)
) WITHOUT ROWID;
CREATE INDEX link_target ON link(target);
""".replace("{added}", ADDED)

TABLES += (
    NAMES
    + TIMES
    + FULL_TEXT
    + """
-- A row with dst NULL names a node, one with src NULL is the marker of a transaction.
CREATE TABLE change(
    generation INTEGER NOT NULL,
    src INTEGER,
    dst INTEGER,
    rel INTEGER
);
CREATE INDEX change_generation ON change(generation);
CREATE TRIGGER vector_insert AFTER INSERT ON vector BEGIN
    INSERT INTO change SELECT max(generation), new.node, NULL, NULL FROM change;
END;
CREATE TRIGGER vector_update AFTER UPDATE ON vector BEGIN
    INSERT INTO change SELECT max(generation), new.node, NULL, NULL FROM change;
END;
CREATE TRIGGER node_delete AFTER DELETE ON node BEGIN
    INSERT INTO change SELECT max(generation), old.key, NULL, NULL FROM change;
END;
CREATE TRIGGER edge_insert AFTER INSERT ON edge BEGIN
    INSERT INTO change SELECT max(generation), new.src, new.dst, new.rel FROM change;
END;
CREATE TRIGGER edge_update AFTER UPDATE OF src, dst, rel, weight ON edge BEGIN
    INSERT INTO change SELECT max(generation), old.src, old.dst, old.rel FROM change;
    INSERT INTO change SELECT max(generation), new.src, new.dst, new.rel FROM change;
END;
CREATE TRIGGER edge_delete AFTER DELETE ON edge BEGIN
    INSERT INTO change SELECT max(generation), old.src, old.dst, old.rel FROM change;
END;
"""
)
