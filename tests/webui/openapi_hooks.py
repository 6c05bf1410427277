"""What Schemathesis is told while it asks (it loads this file by itself, by SCHEMATHESIS_HOOKS)."""

from __future__ import annotations

import json
import os
import re
import zlib
from typing import Any

import schemathesis

_IDS: dict[str, list[str]] = json.loads(os.environ["GAOKU_IDS"])  # that the index has, by parameter


def _known(name: str, value: Any) -> Any:
    """One time in two an id of the index, for a made-up one is never met."""
    chance = zlib.crc32(repr(value).encode("utf-8", "surrogatepass"))
    return _IDS[name][chance // 2 % len(_IDS[name])] if chance % 2 else value


@schemathesis.hook  # type: ignore[untyped-decorator]
def map_path_parameters(context: schemathesis.HookContext, path_parameters: dict[str, Any]) -> dict[str, Any]:
    """Ids of reports and of families."""
    return {name: _known(name, value) for name, value in (path_parameters or {}).items()}


@schemathesis.hook  # type: ignore[untyped-decorator]
def map_query(context: schemathesis.HookContext, query: dict[str, Any]) -> dict[str, Any]:
    """Ids of what others are to be like, where it is one."""
    to = query.get("to") if query else None
    if isinstance(to, str) and re.fullmatch(r"[a-z2-7]{12}(-[0-9]{1,9})?", to):
        return {**query, "to": _known("to", to)}
    return query


@schemathesis.hook  # type: ignore[untyped-decorator]
def filter_failure(context: schemathesis.HookContext, failure: Any, case: Any, response: Any) -> bool:
    """What is meant, and no schema can say: that a draft without a word is refused, and that a number may be
    written in any way (" 5", "+5", "5.0", "0_5")."""
    if response.status_code == 400:
        return b"there is no text to compare" not in response.content
    if response.status_code == 200 and type(failure).__name__ == "AcceptedNegativeData":
        given = [fields.get("limit") for fields in (case.query, case.body) if isinstance(fields, dict)]
        return not any(isinstance(limit, str) and _is_oddly_written(limit) for limit in given)
    return True


def _is_oddly_written(text: str) -> bool:
    """Whether it is a whole number that is not written as figures alone."""
    if re.fullmatch("[0-9]{1,6}", text):
        return False
    try:
        return float(text).is_integer()
    except (OverflowError, ValueError):
        return False
