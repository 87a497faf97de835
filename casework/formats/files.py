"""What an uploaded file really is, told by its bytes and never by its name, and what of it is kept.

Pictures are drawn anew, so that nothing but the picture is left: no place, no camera, no name of the one who took it, and nothing
hidden behind its end. A PDF is kept as it came, unless there is something in it that does more than lie on paper.
"""

import io
import re
import unicodedata
import zipfile
from collections import Counter
from dataclasses import dataclass

import pypdf
from PIL import Image, ImageOps
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

MOST_PIXELS = 36_000_000  # a page of A4 at 600 dots an inch has 35 million
MOST_OBJECTS = 50_000
# Bytes of tables and small objects; the text and the pictures of the pages are never unpacked.
MOST_UNPACKED = 10_000_000
MOST_STEPS = 5_000_000
MOST_LETTERS = 100
QUALITY = 88

_PDF, _JPEG, _PNG = b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
# Names that make a PDF do something, or carry another file: scripts, launchers, forms that send, sound and film.
_ACTIVE = frozenset(
    "/JavaScript /Launch /EmbeddedFile /EmbeddedFiles /FileAttachment /RichMedia /XFA /ImportData /SubmitForm /GoToE"
    " /Rendition /Movie /Sound /Screen /3D".split()
)
_ACTIVE_KEYS = _ACTIVE | {"/JS", "/EF"}
# As they stand in the bytes, for what no table of the file leads to. Short ones would be found in any compressed picture.
_IN_BYTES = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|FileAttachment|RichMedia|ImportData|SubmitForm)\b")
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_LIMITS = dict.fromkeys(
    [f"{name}_maximum_output_length" for name in ("zlib", "lzw", "run_length", "brotli")], MOST_UNPACKED
)
_NOT_IN_NAMES = re.compile(r'[<>:"|?*;%&=\s]+')

# The size of a picture is looked at here before anything of it is unpacked; Pillow's own limit only warns.
Image.MAX_IMAGE_PIXELS = None

TOO_MANY_PARTS = "The PDF has too many parts to be looked through. Print it to a new PDF, then choose that."


class FileRefused(Exception):
    """A file that is not kept; the message says why, to whoever chose it."""


@dataclass(frozen=True)
class Kept:
    """What is kept of a file: its bytes, what they are, and how the name of such a file ends."""

    content: bytes
    content_type: str
    extension: str


def read(content):
    """What is kept of a file with this ``content``. Raises ``FileRefused`` for what is not what it says, or does more than it should."""
    if content.startswith(_PDF):
        _check_pdf(content)
        return Kept(content, "application/pdf", "pdf")
    if content.startswith(_JPEG):
        return Kept(_redrawn(content, "JPEG", quality=QUALITY), "image/jpeg", "jpg")
    if content.startswith(_PNG):
        return Kept(_redrawn(content, "PNG"), "image/png", "png")
    raise FileRefused(
        "This is not a PDF, JPEG or PNG, whatever its name says. Save it as one of these, then choose it again."
    )


def safe_name(name, extension):
    """The name of a file as other computers may be given it: no folders, nothing invisible, nothing that turns the writing round.

    Letters with accents stay. The end is what the file really is.
    """
    stem = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    stem = "".join(letter for letter in stem if letter.isspace() or unicodedata.category(letter)[0] != "C")
    stem = re.sub(r"\.\w{1,5}$", "", _NOT_IN_NAMES.sub(" ", stem).strip(" ."))
    return f"{stem[:MOST_LETTERS].strip(' .') or 'file'}.{extension}"


def _redrawn(content, kind, **options):
    """The picture and nothing else, the right way up."""
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise FileRefused(
                    f"The picture has {picture.width} by {picture.height} dots. Scan it at 300 dots an inch, or make it smaller."
                )
            upright = ImageOps.exif_transpose(picture)
            clean = _plain(upright)
    except FileRefused:
        raise
    except Exception as error:  # Whatever a decoder says about bytes that somebody made up: the file is not kept.
        raise FileRefused("The picture is damaged: it cannot be opened. Scan or save it again.") from error
    drawn = io.BytesIO()
    clean.save(drawn, kind, **options)
    return drawn.getvalue()


def _plain(picture):
    """The same dots in a new picture that knows nothing else, on white where it was see-through."""
    seen_through = picture.has_transparency_data
    if picture.mode.startswith(("1", "L", "I", "F")) and not seen_through:
        picture, mode = picture.convert("L"), "L"
    else:
        picture, mode = picture.convert("RGBA" if seen_through else "RGB"), "RGB"
    clean = Image.new(mode, picture.size, "white")
    clean.paste(picture, mask=picture if seen_through else None)
    return clean


def _check_pdf(content):
    if _IN_BYTES.search(_ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)):
        _refuse_active()
    if zipfile.is_zipfile(io.BytesIO(content)):  # Read from its end it is another file.
        _refuse_active()
    try:
        with pypdf.apply_configuration(**_LIMITS):
            reader = pypdf.PdfReader(io.BytesIO(content))
            encrypted = reader.is_encrypted
            if not encrypted:
                _check_packed(reader)
            pages = 0 if encrypted else len(reader.pages)
            active = not encrypted and _is_active(reader)
    except FileRefused:
        raise
    except pypdf.errors.LimitReachedError as error:
        raise FileRefused(TOO_MANY_PARTS) from error
    except Exception as error:  # As with pictures.
        raise FileRefused(
            "The PDF is damaged: it cannot be opened. Print it to a new PDF, then choose that."
        ) from error
    if encrypted:
        raise FileRefused("The PDF is locked with a password, so nobody can look into it. Save it without.")
    if not pages:
        raise FileRefused("The PDF has no page in it.")
    if active:
        _refuse_active()


def _refuse_active():
    raise FileRefused(
        "The PDF has a script, a form that sends, a film or another file in it. Print it to a new PDF, then choose that."
    )


def _check_packed(reader):
    """Refuse a PDF whose packed objects are far more than it seems: they are looked through one by one.

    For each object in a packed part pypdf goes through the table of that part again, which is as long as ``/N`` says.
    """
    unpacked = steps = 0
    for number, objects in Counter(number for number, _ in reader.xref_objStm.values()).items():
        part = _found(reader, number, 0)
        unpacked += len(part.get_data())
        steps += objects * part["/N"]
        if unpacked > MOST_UNPACKED or steps > MOST_STEPS:
            raise FileRefused(TOO_MANY_PARTS)


def _is_active(reader):
    """Whether any object of the file has a name in it that makes it do something."""
    known = {(number, generation) for generation, table in reader.xref.items() for number in table}
    known |= {(number, 0) for number in reader.xref_objStm}
    if len(known) > MOST_OBJECTS:
        raise FileRefused(TOO_MANY_PARTS)
    rows = [reader.trailer, *(_found(reader, *key) for key in sorted(known))]
    while rows:
        row = rows.pop()
        if isinstance(row, NameObject) and row in _ACTIVE:
            return True
        if isinstance(row, DictionaryObject):
            if _ACTIVE_KEYS & row.keys():
                return True
            rows += [row.raw_get(name) for name in row]
        elif isinstance(row, ArrayObject):
            rows += list.__iter__(row)
    return False


def _found(reader, number, generation):
    """An object by its number; None where the table leads nowhere, as it may for what was deleted."""
    return reader.get_object(IndirectObject(number, generation, reader)) if number else None
