"""Writes the PDFs of the vault workload from the texts below.

The same texts give the same bytes.

    python build/vault_pdfs.py

Helvetica in WinAnsi letters, lines placed one by one, as simple programs do. Titles in the metadata are partly those
that programs leave behind ("untitled", "Microsoft Word - ..."), because people's own files have them.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "bench_device" / "workloads" / "vault" / "notes" / "Papers"
FONT_SIZE = 11
LINE_HEIGHT = 16
COLUMN_WIDTH = 130

# name of the file: title in the metadata, then pages; a tuple is a table row, whose cells are columns.
PAPERS: dict[str, tuple[str, list[list[str | tuple[str, ...]]]]] = {
    "kitchen-invoice-hodge.pdf": (
        "untitled",
        [
            [
                "Hodge & Daughter, Builders",
                "Invoice 2024-118, 6 September 2024",
                "To: Talbot and Otero, 14 Tanner's Row, Ellerbridge",
                "",
                ("Work", "Days", "Amount"),
                ("Strip out", "3", "£1,450"),
                ("Drain moved 1.8 m", "2", "£850"),
                ("Plaster and tiles", "9", "£4,320"),
                ("Fitting of units", "14", "£12,630"),
                ("Floor, moss lino", "2", "£620"),
                "Total £19,870, of which £3,850 were paid as deposit.",
                "Guarantee on all work: two years. R. Hodge",
            ]
        ],
    ),
    "mill-street-lease.pdf": (
        "Microsoft Word - lease_final_FINAL2.docx",
        [
            [
                "Lease of the first floor, Mill Street 20",
                "between Mrs E. Halloran and Thorn & Kettle Bindery",
                "",
                "1. The term is five years from 1 March 2024. The tenant may end it after",
                "three years with six months' notice.",
                "2. The rent is £975 a month and includes heating. It may rise once, on",
                "1 March 2026, by no more than four per cent.",
                "3. The tenant keeps no more than 5 litres of ethanol on the premises.",
            ],
            [
                "4. The goods lift carries 400 kg. Persons may not ride in it, not even",
                "the landlady's nephew.",
                "5. The tenant may hang a sign of at most 60 by 90 cm over the yard door.",
                "6. Deposit: £1,950, held by Castor & Wren, solicitors.",
            ],
        ],
    ),
    "quenby-contract.pdf": (
        "Facsimile agreement",
        [
            [
                "Agreement on the facsimile of the Quenby Atlas",
                "signed 9 November 2023 by A. Finch and I. Talbot",
                "",
                "Edition: 120 numbered copies. Payment in thirds: on signing, on the accep-",
                "tance of the printed sheets, and on delivery.",
                "Late delivery: the binder allows £90 a week after 30 September 2024.",
                "The glass negatives of 1911 stay the property of the Trust.",
            ]
        ],
    ),
    "haus-linde-vertrag.pdf": (
        "Dokument1",
        [
            [
                "Haus Linde, Lüttenfeld: Heimvertrag",
                "Bewohnerin: Hannelore Brandt, Zimmer 214, ab 1. August 2024",
                "",
                "Das monatliche Entgelt beträgt 2.684 € und wird am dritten Werktag fällig.",
                "Darin enthalten: Wohnen, drei Mahlzeiten, Wäsche.",
                "Haustiere bis zur Größe eines Wellensittichs sind erlaubt.",
                "Kündigungsfrist: ein Monat zum Monatsende.",
            ],
            [
                "Ansprechpartnerin der Station 2: Schwester Meike Dirks, Apparat 220.",
                "Besuchszeiten: immer, nur nicht während der Mittagsruhe von 13 bis 14:30 Uhr.",
            ],
        ],
    ),
    "certificado-aceite-2024.pdf": (
        "untitled",
        [
            [
                "Cooperativa de Valdeparras: certificado de molturación",
                "Socia: Mercedes Otero, parcela El Cerrillo, campaña de 2024",
                "",
                ("Fecha", "Aceituna (kg)", "Aceite (l)"),
                ("18-11-2024", "640", "112"),
                ("25-11-2024", "580", "101"),
                ("02-12-2024", "410", "72"),
                "Acidez: 0,3 grados. Categoría: virgen extra.",
                "Depósito número 6.",
            ]
        ],
    ),
    "euphonium-loan.pdf": (
        "LOAN FORM v3",
        [
            [
                "Ellerbridge Academy: loan of an instrument",
                "Euphonium, serial E-2207, to M. Otero Talbot from 12 February 2024",
                "",
                "To be returned on leaving the school. Valve oil every week.",
                "The case has a dent on the bell side, noted at handing over.",
                "Yearly fee: £36. Service by Hornby Brass in July, paid by the school.",
            ]
        ],
    ),
    "scan-2024-02-08.pdf": (
        "untitled",
        [
            [
                "Allergy Clinic, Halmouth General",
                "Patient: Marlo, born 21 April 2013. Seen on 6 February 2024.",
                "",
                ("Substance", "Wheal 2022", "Wheal 2024"),
                ("Hazelnut", "8 mm", "9 mm"),
                ("Sesame", "5 mm", "0 mm"),
                ("Cat", "2 mm", "3 mm"),
                "Advice: strict avoidance of hazelnut. Sesame may be eaten freely.",
                "Dr Ines Halloway",
            ]
        ],
    ),
    "concert-programme.pdf": (
        "Slide 1",
        [
            [
                "Ellerbridge Choral Society: fifty years, fifty songs",
                "Corn Hall, 14 December 2024, half past seven",
                "",
                "First half: songs 1 to 24, with harp (Fergal Roon).",
                "Interval: the Young Band under Clement Oduya, solo euphonium M. Otero.",
                "Second half: songs 25 to 50. Please stay seated for the last chord.",
                "Tickets £9. Mulled apple juice by the Millrace Allotment Society.",
            ]
        ],
    ),
}


def write(title: str, pages: list[list[str | tuple[str, ...]]]) -> bytes:
    """Return a PDF with these lines on its pages."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode()]
    objects.append(font)
    for number, lines in enumerate(pages):
        content = _content(lines)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> "
            + f"/Contents {5 + 2 * number} 0 R >>".encode()
        )
        objects.append(f"<< /Length {len(content)} >>\nstream\n".encode() + content + b"\nendstream")
    objects.append(b"<< /Title (" + _escaped(title) + b") >>")
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>\n".encode()
    return bytes(out + f"startxref\n{start}\n%%EOF\n".encode())


def _content(lines: list[str | tuple[str, ...]]) -> bytes:
    shown, height = [f"BT /F1 {FONT_SIZE} Tf".encode()], 780
    for line in lines:
        cells = (line,) if isinstance(line, str) else line
        for column, cell in enumerate(cells):
            shown.append(f"1 0 0 1 {60 + COLUMN_WIDTH * column} {height} Tm (".encode() + _escaped(cell) + b") Tj")
        height -= LINE_HEIGHT
    return b"\n".join([*shown, b"ET"])


def _escaped(text: str) -> bytes:
    encoded = text.encode("cp1252")
    return encoded.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (title, pages) in PAPERS.items():
        (FOLDER / name).write_bytes(write(title, pages))
