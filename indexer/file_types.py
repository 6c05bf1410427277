"""What people call the format of a file."""

from __future__ import annotations

ARCHIVE = "压缩包"

#: The formats that readers name (:attr:`indexer.model.Document.format`), by the word that people use.
#: Append only: the index stores places in this list.
_FORMATS: dict[str, tuple[str, ...]] = {
    "Word": ("docx", "doc", "rtf", "odt"),  # what opens in Word or WPS
    "PDF": ("pdf",),
    "OFD": ("ofd",),
    "网页": ("html", "mht"),
    "表格": ("xlsx", "xls", "ods", "csv"),
    "文本": ("text", "markdown"),
    "邮件": ("eml",),
    "图片": ("image",),
    "其他": (),
    ARCHIVE: ("zip",),  # only in the list of files: what it holds are files of their own
}

FILE_TYPES = tuple(_FORMATS)
_OF_FORMAT = {name: file_type for file_type, names in _FORMATS.items() for name in names}


def file_type(format: str | None) -> str:
    """The type of a file that was read as this format; 其他 for one that is not in the table."""
    return _OF_FORMAT.get(format or "", "其他")
