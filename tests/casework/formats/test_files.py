import io
import time
import zipfile
import zlib

import pypdf
import pytest
from PIL import Image, PngImagePlugin
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

from casework.formats import files
from tests import factories

SECRET = b"53.4084 N"


def opened(kept):
    return Image.open(io.BytesIO(kept.content))


def document(change=None):
    """The bytes of a PDF of one blank page, after ``change`` had its way with the writer."""
    writer, written = pypdf.PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    if change:
        change(writer)
    writer.write(written)
    return written.getvalue()


def dictionary(**values):
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in values.items()})


def name(text):
    return NameObject(f"/{text}")


def refusal(content):
    with pytest.raises(files.FileRefused) as refused:
        files.read(content)
    return str(refused.value)


def test_read_draws_a_jpeg_anew_upright_and_without_what_the_camera_wrote():
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = SECRET.decode(), 6
    content = factories.picture("JPEG", exif=exif, comment=SECRET) + b"<script>hidden</script>"

    kept = files.read(content)

    assert (kept.content_type, kept.extension) == ("image/jpeg", "jpg")
    picture = opened(kept)
    assert (picture.size, "exif" in picture.info, "comment" in picture.info) == ((30, 40), False, False)
    assert SECRET in content
    assert (SECRET in kept.content, b"script" in kept.content) == (False, False)


def test_read_draws_a_png_anew_without_its_texts():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", SECRET.decode())

    kept = files.read(factories.picture(pnginfo=texts))

    assert (kept.content_type, kept.extension, opened(kept).size) == ("image/png", "png", (40, 30))
    assert SECRET not in kept.content


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16", "RGB"])
def test_read_takes_every_kind_of_png(mode):
    drawn = io.BytesIO()
    Image.new(mode, (3, 2)).save(drawn, "PNG")

    assert opened(files.read(drawn.getvalue())).mode in {"L", "RGB"}


def test_read_puts_what_is_see_through_on_white():
    drawn = io.BytesIO()
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(drawn, "PNG")

    assert opened(files.read(drawn.getvalue())).getpixel((0, 0)) == (255, 255, 255)


def png_of(width, height):
    """The head of a PNG that says how large it is, and hardly anything after it."""
    head = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    data = zlib.compress(b"\x00" * 1000)
    chunks = [head, b"IDAT" + data, b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big") for chunk in chunks
    )


def test_read_refuses_a_picture_of_too_many_dots_before_it_is_unpacked():
    assert "30000 by 30000 dots" in refusal(png_of(30000, 30000))
    assert "damaged" in refusal(png_of(300, 300))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a PDF, JPEG or PNG"),
        (b"hello", "not a PDF, JPEG or PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "not a PDF, JPEG or PNG"),
        (b"GIF89a", "not a PDF, JPEG or PNG"),
        (b"PK\x03\x04", "not a PDF, JPEG or PNG"),
        (b"MZ%PDF-1.7", "not a PDF, JPEG or PNG"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "not a PDF, JPEG or PNG"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "not a PDF, JPEG or PNG"),
        (b"<html>%PDF-1.7", "not a PDF, JPEG or PNG"),
        (b"\xff\xd8\xff rubbish", "picture is damaged"),
        (b"\x89PNG\r\n\x1a\n rubbish", "picture is damaged"),
        (b"%PDF-1.7 rubbish", "PDF is damaged"),
    ],
)
def test_read_refuses_what_is_not_what_it_says(content, words):
    assert words in refusal(content)


def test_read_refuses_a_picture_that_was_cut_off():
    assert "damaged" in refusal(factories.picture("JPEG", size=(300, 300))[:600])


def test_read_keeps_a_plain_pdf_as_it_came():
    content = document()

    assert files.read(content) == files.Kept(content, "application/pdf", "pdf")


def opens_a_script(writer):
    action = dictionary(S=name("JavaScript"), JS=TextStringObject("app.alert(1)"))
    writer.root_object[name("OpenAction")] = writer._add_object(action)


def launches(writer):
    link = dictionary(
        Type=name("Annot"), Subtype=name("Link"), A=dictionary(S=name("Launch"), F=TextStringObject("cmd"))
    )
    writer.pages[0][name("Annots")] = ArrayObject([link])


def embeds(writer):
    writer.add_attachment("tool.exe", b"MZ")


def sends(writer):
    writer.root_object[name("AcroForm")] = dictionary(Fields=ArrayObject(), XFA=TextStringObject("<xdp/>"))


@pytest.mark.parametrize("change", [opens_a_script, launches, embeds, sends])
def test_read_refuses_a_pdf_that_does_something(change):
    assert "has a script" in refusal(document(change))


def test_read_finds_a_name_that_was_written_in_another_way():
    content = document(opens_a_script).replace(b"/JavaScript", b"/J#61vaScr#69pt").replace(b"/JS ", b"/#4AS ")

    assert b"JavaScript" not in content
    assert "has a script" in refusal(content)


def packed_pdf(*parts, objects=1):
    """A PDF with an object stream for each of ``parts``: of its objects nothing can be seen in the bytes. The first is opened."""
    body, rows = b"%PDF-1.5\n", {0: (0, 0, 255)}

    def put(number, text):
        nonlocal body
        rows[number] = (1, len(body), 0)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, text)

    put(1, b"<< /Type /Catalog /Pages 2 0 R /OpenAction 5 0 R >>")
    put(2, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
    put(3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>")
    for number, text in enumerate(parts):
        stream, inside = 4 + 2 * number, 5 + 2 * number
        head = b"%d 0 " % inside
        squeezed = zlib.compress(head + text)
        what = b"<< /Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d >>"
        put(stream, what % (objects, len(head), len(squeezed)) + b"\nstream\n" + squeezed + b"\nendstream")
        rows[inside] = (2, stream, 0)
    last, start = len(rows), len(body)
    rows[last] = (1, start, 0)
    cells = (rows[number] for number in range(last + 1))
    table = b"".join(bytes([kind]) + where.to_bytes(4, "big") + bytes([end]) for kind, where, end in cells)
    head = b"<< /Type /XRef /Size %d /W [1 4 1] /Root 1 0 R /Length %d >>\nstream\n" % (last + 1, len(table))
    return body + b"%d 0 obj\n" % last + head + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % start


def test_read_finds_a_script_in_a_packed_part():
    content = packed_pdf(b"<< /S /JavaScript /JS (app.alert(1)) >>")

    assert b"JavaScript" not in content
    assert "has a script" in refusal(content)
    assert files.read(packed_pdf(b"<< /S /GoTo >>", b"<< >>")).extension == "pdf"


@pytest.mark.parametrize("parts", [[11], [4, 4, 4], [80]])
def test_read_refuses_a_pdf_that_unpacks_to_far_more_than_it_is(parts):
    """Looking through eight parts of 70 MB, half a megabyte in all, took three minutes."""
    content = packed_pdf(*(b"<< >>" + b" " * (1_000_000 * many) for many in parts))
    began = time.monotonic()

    assert "too many parts" in refusal(content)
    assert (len(content) < 100_000, time.monotonic() - began < 5) == (True, True)


def test_read_refuses_a_packed_part_that_is_gone_through_too_often():
    assert "too many parts" in refusal(packed_pdf(b"<< >>", objects=files.MOST_STEPS + 1))


def zipped():
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("Run.class", b"\xca\xfe\xba\xbe")
    return written.getvalue()


def test_read_refuses_a_pdf_that_is_another_file_as_well():
    assert "another file in it" in refusal(document() + zipped())
    assert "another file in it" in refusal(document().replace(b"%%EOF", zipped() + b"\n%%EOF"))


@pytest.mark.parametrize(
    ("kind", "hidden"), [("JPEG", zipped()), ("PNG", zipped()), ("PNG", b"<?php system($_GET[0]);")]
)
def test_read_keeps_of_a_picture_that_is_another_file_as_well_the_picture_only(kind, hidden):
    kept = files.read(factories.picture(kind) + hidden)

    assert (opened(kept).size, hidden in kept.content) == ((40, 30), False)


def test_read_refuses_a_picture_whose_texts_unpack_to_far_more_than_they_are():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "x" * 80_000_000, zip=True)

    assert "damaged" in refusal(factories.picture(pnginfo=texts))


def test_read_refuses_a_pdf_that_is_locked():
    assert "locked with a password" in refusal(document(lambda writer: writer.encrypt("key", algorithm="RC4-128")))


def test_read_refuses_a_pdf_without_pages_and_one_of_too_many_parts(monkeypatch):
    empty = pypdf.PdfWriter()
    written = io.BytesIO()
    empty.write(written)
    assert "no page" in refusal(written.getvalue())

    monkeypatch.setattr(files, "MOST_OBJECTS", 2)
    assert "too many parts" in refusal(document(lambda writer: writer._add_object(NumberObject(1))))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../étc/pâsswd.php", "pâsswd.pdf"),
        ("C:\\scans\\müller brief.PDF", "müller brief.pdf"),
        ("a\u202egpj.exe", "agpj.pdf"),
        ('a;b"c\r\nd.jpg', "a b c d.pdf"),
        ("n\u0303ino.pdf", "ñino.pdf"),
        ("x" * 300 + ".png", "x" * 100 + ".pdf"),
        ("....", "file.pdf"),
        ("\u200b", "file.pdf"),
        ("", "file.pdf"),
    ],
)
def test_safe_name_leaves_what_every_computer_takes(given, name):
    assert files.safe_name(given, "pdf") == name
