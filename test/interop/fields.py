"""What a field of a document may be: the notation of the tables in statements.md and delegation.md."""

from __future__ import annotations

import re
from typing import Any, Callable, Mapping

from identity import IdentityError, guard
from msgpack_strict import MAX_INTEGER

Check = Callable[[Any], bool]

_CAPABILITY = re.compile(r"(?:/[a-z0-9-]{1,32}){1,8}")  # DG-1
_BAD_IN_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def is_int(value: Any, low: int = -MAX_INTEGER, high: int = MAX_INTEGER) -> bool:
    """An integer, which ``True`` is not."""
    return type(value) is int and low <= value <= high


def is_bin(value: Any, size: int) -> bool:
    return isinstance(value, bytes) and len(value) == size


def is_hash(value: Any) -> bool:
    return is_bin(value, 32)


def is_time(value: Any) -> bool:
    return is_int(value, 0)


def is_did(value: Any) -> bool:
    """32 key bytes that pass the key guard (ID-6)."""
    if not isinstance(value, bytes):
        return False
    try:
        guard(value)
    except IdentityError:
        return False
    return True


def units(text: str) -> int:
    """The number of UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def is_string(value: Any, most: int) -> bool:
    """At most so many code units."""
    return isinstance(value, str) and units(value) <= most


def is_text(value: Any, most: int) -> bool:
    """For people: without control characters, line separators and bidirectional controls."""
    return is_string(value, most) and _BAD_IN_TEXT.search(value) is None


def is_list(value: Any, check: Check, least: int, most: int) -> bool:
    return isinstance(value, list) and least <= len(value) <= most and all(check(item) for item in value)


def is_map(value: Any, needed: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> bool:
    """A closed map (ST-21)."""
    checks = {**needed, **(optional or {})}
    return (
        isinstance(value, dict)
        and set(needed) <= set(value) <= set(checks)
        and all(checks[name](item) for name, item in value.items())
    )


def is_capability(value: Any) -> bool:
    """DG-1."""
    return isinstance(value, str) and _CAPABILITY.fullmatch(value) is not None


def covers(capability: str, other: str) -> bool:
    """DG-2: by whole segments; what is not of the grammar is covered by nothing."""
    return is_capability(other) and (other + "/").startswith(capability + "/")
