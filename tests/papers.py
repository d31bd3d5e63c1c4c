"""Documents as offices send them, and as they should not."""

import io
import zipfile

from PIL import ExifTags, Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject

AUTHOR = "Wang Xiaoming"
_MAIN = "application/vnd.openxmlformats-officedocument."
KINDS = {
    "docx": ("word/document.xml", _MAIN + "wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", _MAIN + "spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", _MAIN + "presentationml.presentation.main+xml"),
}


def photo() -> bytes:
    """A JPEG that says where and by whom it was taken, and lies on its side."""
    data = Image.Exif()
    data[ExifTags.Base.Artist] = AUTHOR
    data[ExifTags.Base.Orientation] = 6
    data.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (31.0, 33.0, 29.0)
    made = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(made, "JPEG", exif=data, comment=AUTHOR.encode())
    return made.getvalue()


def office(kind: str, **members: bytes | str) -> bytes:
    """An Office file with its properties; ``members`` are more of its parts, or others."""
    name, declared = KINDS[kind]
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": f'<Types><Override PartName="/{name}" ContentType="{declared}"/>'
        "</Types>",
        "_rels/.rels": "<Relationships/>",
        name: f'<w:p w:author="{AUTHOR if kind == "docx" else ""}">what it says</w:p>',
        "docProps/core.xml": f"<creator>{AUTHOR}</creator><lastModifiedBy>{AUTHOR}"
        "</lastModifiedBy>",
        "docProps/app.xml": f"<Company>{AUTHOR} Ltd</Company><Application>Office</Application>",
        "docProps/custom.xml": f"<property>{AUTHOR}</property>",
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, content in (parts | members).items():
            archive.writestr(each, content)
    return made.getvalue()


def pdf(**root: object) -> bytes:
    """A PDF of one page with its properties; ``root`` is more of what its catalogue says."""
    made, stream = PdfWriter(), io.BytesIO()
    page = made.add_blank_page(200, 200)
    text = DecodedStreamObject()
    text.set_data(b"BT (what it says) Tj ET")
    page[NameObject("/Contents")] = made._add_object(text)
    made.add_metadata({"/Author": AUTHOR, "/Producer": AUTHOR, "/Title": AUTHOR})
    private = DecodedStreamObject()
    private.set_data(f"<x:xmpmeta>{AUTHOR}</x:xmpmeta>".encode())
    private.update(
        {NameObject("/Type"): NameObject("/Metadata"), NameObject("/Subtype"): NameObject("/XML")}
    )
    for holder in (made.root_object, page):
        holder[NameObject("/Metadata")] = made._add_object(private)
    for name, value in root.items():
        made.root_object[NameObject(f"/{name}")] = value  # type: ignore[assignment]
    made.write(stream)
    return stream.getvalue()


def pdf_with_photo() -> bytes:
    """A PDF made of one photo, as scanning programs on phones make them."""
    made, stream = PdfWriter(), io.BytesIO()
    page = made.add_blank_page(200, 200)
    image = DecodedStreamObject()
    image.set_data(photo())
    for name, value in (("/Type", "/XObject"), ("/Subtype", "/Image"), ("/Filter", "/DCTDecode")):
        image[NameObject(name)] = NameObject(value)
    resources = DictionaryObject({NameObject("/Im0"): made._add_object(image)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): resources})
    made.write(stream)
    return stream.getvalue()


def script() -> DictionaryObject:
    """What makes a PDF run something when it is opened."""
    return DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): NameObject("/x")}
    )


def locked() -> bytes:
    """A PDF with a password."""
    made, stream = PdfWriter(), io.BytesIO()
    made.add_blank_page(200, 200)
    made.encrypt("secret", algorithm="RC4-128")
    made.write(stream)
    return stream.getvalue()


def launching() -> DictionaryObject:
    """What makes a PDF start a program."""
    return DictionaryObject({NameObject("/S"): NameObject("/Launch")})


def named(*names: str) -> DictionaryObject:
    """A catalogue of names that a PDF keeps."""
    return DictionaryObject({NameObject(each): ArrayObject() for each in names})
