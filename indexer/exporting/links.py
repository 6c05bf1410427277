"""Addresses in files: which are links, and whom they lead to."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

#: Without what any of the forms would have to escape.
_LINK = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+")


def is_link(address: str) -> bool:
    """Whether an address is one of the web that stands as it is in every form."""
    return bool(_LINK.fullmatch(address))


def leads_here(address: str) -> bool:
    """Whether an address leads each machine to itself: nobody else finds there what is meant."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    host = host.rstrip(".")
    try:
        ip = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return ip.is_loopback or ip.is_unspecified
