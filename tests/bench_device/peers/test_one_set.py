"""What a peer is given to read."""

from __future__ import annotations

from pathlib import Path

from sanderling.bench_device.peers.one_set import texts_of


def test_a_peer_reads_the_same_texts_as_we_do(tmp_path: Path) -> None:
    (tmp_path / "pump.md").write_text("# Pump\n\nThe feed pump is repaired by Ada Lind.")
    (tmp_path / "page.html").write_text("<html><title>Stores</title><body><p>Flour.</p></body></html>")
    assert {each["id"]: each["text"] for each in texts_of(tmp_path)} == {
        "pump.md": "# Pump\n\nThe feed pump is repaired by Ada Lind.",
        "page.html": "Stores\nFlour.",
    }
