"""Files of several documents, and what every kind of file could make a reader fetch, open or write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from handmade_office import book, open_document, word

from sanderling.memory.files.walk import SEVERAL, SUFFIXES

HELPER = Path(__file__).parents[2] / "helpers" / "watched_reads.py"
OUTSIDE = '<img src="http://a.example/x.png"><link rel=stylesheet href="/etc/passwd"><iframe src="file:///etc/passwd"></iframe>'
TEMPTING = {
    "a.docx": word(
        '<w:p><w:hyperlink r:id="r0"><w:r><w:t>x</w:t></w:r></w:hyperlink></w:p>',
        attachedTemplate="http://a.example/x.dotm",
        image="file:///etc/passwd",
    ),
    "a.odt": open_document('<text:p>x<draw:image href="http://a.example/x.png"/></text:p>'),
    "a.rtf": rb"{\rtf1 x{\field{\*\fldinst INCLUDETEXT /etc/passwd}{\fldrslt y}}{\object\objautlink /etc/passwd}}",
    "a.epub": book({"a.xhtml": f"<p>x{OUTSIDE}"}),
    "a.eml": f"From: a@b.example\nSubject: x\nContent-Type: text/html\n\n<p>x{OUTSIDE}",
    "b.eml": "From: a@b.example\nSubject: x\n"
    "Content-Type: message/external-body; access-type=local-file; name=/etc/passwd\n\n",
    "a.mbox": f"From a@b Tue Mar  5 10:00:00 2024\nFrom: a@b.example\nContent-Type: text/html\n\n<p>x{OUTSIDE}",
    "a.org": "#+INCLUDE: /etc/passwd\n#+SETUPFILE: http://a.example/x\n"
    "#+begin_src sh :results\ntouch x\n#+end_src\n[[/etc/passwd]]",
    "a.rst": "x\n\n.. include:: /etc/passwd\n.. raw:: html\n   :url: http://a.example/x\n.. image:: http://a.example/x.png\n",
    "a.json": json.dumps({"text": "x", "url": "http://a.example/x", "$ref": "file:///etc/passwd"}),
    "a.jsonl": json.dumps({"text": "x", "attachments": ["/etc/passwd"]}),
}


def test_nothing_is_fetched_opened_written_or_started(folder):
    root = folder(TEMPTING)
    paths = [str(root / name) for name in TEMPTING]
    done = subprocess.run(
        [sys.executable, str(HELPER), *paths],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_each_of_its_kinds_is_looked_for():
    assert set(SEVERAL) <= set(SUFFIXES)
