"""Rows as a file that a spreadsheet opens."""

import csv
import io

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(headers, rows):
    """The bytes of a CSV file. What a spreadsheet would take for a formula is kept from being one."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([headers, *([_text(value) for value in row] for row in rows)])
    return out.getvalue().encode("utf-8-sig")


def _text(value):
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
