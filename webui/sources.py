"""Whose an address is, for what is counted by addresses."""

from __future__ import annotations

import ipaddress


def source_of(address: str) -> str:
    """Of IPv6 the network that one has (/64); of IPv4 the address, also written as one of IPv6.

    What is no address is one by itself.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address) and not ip.ipv4_mapped:
        return str(ipaddress.ip_network((ip.packed, 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)
