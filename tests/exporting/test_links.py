"""Which addresses stand in a file."""

from __future__ import annotations

import pytest

from indexer.exporting.links import is_link, leads_here


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://gaoku.example/report/a?q=%E6%8B%9B&x=1#s3", True),
        ("https://[2001:db8::1]:8000/report/a", True),
        ("r-0", False),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("http://x/<b>", False),
        ('http://x/"', False),
        ("http://x/ y", False),
        ("http://x/\n", False),
        ("", False),
    ],
)
def test_links(address: str, expected: bool) -> None:
    assert is_link(address) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST.:8000", True),
        ("gaoku.localhost", True),
        ("127.0.0.1:8000", True),
        ("127.9.9.9", True),
        ("[::1]:8000", True),
        ("0.0.0.0:8000", True),
        ("192.168.1.7:8000", False),
        ("[2001:db8::1]", False),
        ("localhost.example", False),
        ("gaoku", False),
    ],
)
def test_whom_they_lead_to(host: str, expected: bool) -> None:
    assert leads_here(f"http://{host}/report/a") is expected


@pytest.mark.parametrize("address", ["r-0", "", "http://[::1", "localhost"])
def test_what_is_no_address_leads_nowhere(address: str) -> None:
    assert not leads_here(address)
