"""Files that hold files: archives and letters made of texts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage

#: What is in an archive: by name, a content or what is in an archive of its own.
Members = Mapping[str, "bytes | Members"]


def report(name: str, text: str) -> bytes:
    """A report that says ``text``."""
    return f"{name}工作总结\n一、主要工作\n{text}\n".encode()


def archive(members: Members) -> bytes:
    """An archive, the same bytes whenever it is made."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, content in members.items():
            made.writestr(zipfile.ZipInfo(name), content if isinstance(content, bytes) else archive(content))
    return stream.getvalue()


def encrypted(data: bytes, name: str) -> bytes:
    """The archive with this member marked as under a password."""
    raw = name.encode()
    at = data.rindex(raw) - 46  # its line in the directory
    assert data.startswith(b"PK\x01\x02", at)
    return data[: at + 8] + bytes([data[at + 8] | 1]) + data[at + 9 :]


def letter(text: str, attachments: Mapping[str, bytes]) -> bytes:
    """A letter with attachments, the same bytes whenever it is made."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "报送总结"
    message["Date"] = "Mon, 04 Dec 2023 10:00:00 +0800"
    message.set_content(text)
    for name, content in attachments.items():
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    if message.is_multipart():
        message.set_boundary("=====a boundary=====")
    return message.as_bytes()
