import io
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


def test_read_finds_a_script_in_a_packed_part():
    """An object stream: nothing of it can be seen in the bytes."""
    packed = zlib.compress(b"4 0 << /S /JavaScript /JS (app.alert(1)) >>")
    parts = [
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R /OpenAction 4 0 R >>\nendobj\n",
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n",
        b"5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
        + packed
        + b"\nendstream\nendobj\n",
    ]
    body, offsets = b"%PDF-1.5\n", []
    for part in parts:
        offsets.append(len(body))
        body += part
    one, two, three, five = offsets
    rows = [(0, 0, 255), (1, one, 0), (1, two, 0), (1, three, 0), (2, 5, 0), (1, five, 0), (1, len(body), 0)]
    table = b"".join(bytes([kind]) + where.to_bytes(2, "big") + bytes([last]) for kind, where, last in rows)
    body += (
        b"6 0 obj\n<< /Type /XRef /Size 7 /W [1 2 1] /Root 1 0 R /Length %d >>\nstream\n" % len(table)
        + table
        + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )

    assert b"JavaScript" not in body
    assert "has a script" in refusal(body)


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
