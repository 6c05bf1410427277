"""What no answer may be, whatever was asked."""

from __future__ import annotations

import io
import json
import re
import zipfile
from urllib.parse import urlsplit

from lxml import html as lxml_html
from werkzeug.test import TestResponse

from tests.webui.conftest import read_html

#: Stands in all that is sent. No element, attribute or header may have it in its name.
MARK = "xq7"
EVIL = "evil.example"
#: Stands in files that nobody may read.
SECRET = "canary-5f0c8e"

_LEADING = (
    "href",
    "src",
    "action",
    "formaction",
    "data",
    "poster",
    "srcset",
    "background",
    "cite",
    "xlink:href",
)
#: What browsers show without being able to run it, while they do not look inside (nosniff).
_SHOWN = ("text/plain", "application/json", "text/event-stream", "application/pdf", "image/png", "image/jpeg")
_OWN = re.compile(r"(http://localhost)?/(?![/\\])|#|\?|$")
_CODE = ("text/css", "text/javascript", "image/svg+xml")  # of ours, in /static


def judge(answer: TestResponse, told: str, *, static: bool = False, trouble: bool = False) -> None:
    """Fail, saying what was ``told``, where an answer is one that an attacker would like.

    ``trouble``: the server may say that it cannot (503), as without an index.
    """
    try:
        assert answer.status_code < 500 or (trouble and answer.status_code in (503, 507)), (
            f"{told}: {answer.status}"
        )
        _headers(answer, told)
        _where_to(answer, told)
        kind = answer.mimetype
        if kind == "text/event-stream":
            return  # it has no end
        body = answer.data
        _no_secret(body, told)
        if not body:
            pass
        elif kind == "text/html":
            _page(answer.text, told, ours=not 300 <= answer.status_code < 400)
        elif kind == "application/json":
            json.loads(body)
        elif static and kind in _CODE:
            assert MARK.encode() not in body, told
        elif kind not in _SHOWN:
            disposition = answer.headers.get("Content-Disposition", "")
            assert disposition.startswith("attachment"), f"{told}: {kind} is shown"
    finally:
        answer.close()


def judge_piece(html: str, told: str) -> None:
    """The same for a piece of a page that one of our scripts puts into it."""
    _page(f"<!doctype html><title>a piece</title>{html}", told, ours=False)


def _headers(answer: TestResponse, told: str) -> None:
    for name, value in answer.headers:
        assert not re.search(r"[\r\n\0]", name + value), f"{told}: {name}: {value!r}"
        assert MARK not in name.lower(), f"{told}: {name}"
        assert not (name == "Set-Cookie" and MARK in value), f"{told}: {value}"
    policy = answer.headers.get("Content-Security-Policy", "")
    assert "frame-ancestors 'none'" in policy, f"{told}: {policy}"
    sandboxed = policy.startswith("sandbox; default-src 'none'")
    assert sandboxed or (policy.startswith("default-src 'self'") and "unsafe" not in policy), (
        f"{told}: {policy}"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff", told
    assert answer.headers["X-Frame-Options"] == "DENY", told
    assert "Access-Control-Allow-Origin" not in answer.headers, told


def _where_to(answer: TestResponse, told: str) -> None:
    location = answer.headers.get("Location")
    if location is None:
        assert not 300 < answer.status_code < 304, told
        return
    parts = urlsplit(location)
    assert parts.scheme in ("", "http", "https"), f"{told} leads to {location}"
    assert parts.netloc in ("", "localhost"), f"{told} leads to {location}"
    assert not re.match(r"[\s\x00-\x1f]|//|/?\\", location), f"{told} leads to {location}"
    assert location.isascii(), f"{told} leads to {location}"


def _no_secret(body: bytes, told: str) -> None:
    assert SECRET.encode() not in body, f"{told}: the secret is told"
    if body.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for name in archive.namelist():
                assert SECRET.encode() not in archive.read(name), f"{told}: the secret is in {name}"


def _page(text: str, told: str, *, ours: bool) -> None:
    """Nothing of a page is made of what was sent, and nothing in it runs but files of ours.

    Of a redirection the page is Werkzeug's, which leaves elements open.
    """
    for tag, attributes in (*(_as_written(text) if ours else ()), *_as_mended(text)):
        assert MARK not in tag, f"{told}: <{tag}>"
        assert tag not in ("style", "base", "object", "embed", "iframe", "frame"), f"{told}: <{tag}>"
        assert tag != "script" or attributes.get("src", "").startswith("/static/"), f"{told}: a script"
        assert not (tag == "meta" and "http-equiv" in attributes), f"{told}: <meta http-equiv>"
        for name, value in attributes.items():
            assert MARK not in name, f"{told}: <{tag} {name}>"
            assert not name.startswith("on"), f"{told}: <{tag} {name}>"
            assert name not in ("style", "srcdoc"), f"{told}: <{tag} {name}>"
            if name in _LEADING:
                assert _OWN.match(value), f"{told}: {name}={value}"


def _as_written(text: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of a page in which every one is closed where it should be."""
    return [(element.tag, element.attrs) for element in read_html(text).all()]


def _as_mended(text: str) -> list[tuple[str, dict[str, str]]]:
    """The elements as another parser, that mends what is wrong, sees them."""
    root = lxml_html.document_fromstring(text.encode("utf-8"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    return [(str(e.tag).lower(), {str(k): str(v) for k, v in e.attrib.items()}) for e in root.iter("*")]
