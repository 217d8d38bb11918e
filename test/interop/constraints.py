"""The language of constraints (DG-20 to DG-36): its grammar, and what a predicate is worth on arguments.

``True``, ``False``, and ``None`` for unknown, by Kleene's strong logic.
"""

from __future__ import annotations

from itertools import repeat
from operator import ge, gt, le, lt
from typing import Any, Callable, Iterable, Mapping

from fields import Check, is_did, is_int, is_list, is_map, is_string, units

Truth = bool | None

MAX_CONSTRAINTS = 64  # DG-20
MAX_STEPS = 100_000  # DG-36
_YEAR_MS = 31_536_000_000
_MISSING = object()
_ORDER: dict[str, Callable[[Any, Any], bool]] = {"lt": lt, "lte": le, "gt": gt, "gte": ge}


# The grammar


def _is_at(value: Any) -> bool:
    return is_list(value, lambda key: is_string(key, 64), 0, 8)


def _is_operand(value: Any) -> bool:
    return is_string(value, 256)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, bool) or is_int(value) or _is_operand(value)


def is_predicate(value: Any) -> bool:
    return _has_fields_of(value, _PREDICATES)


def is_constraint(value: Any) -> bool:
    return is_predicate(value) or _has_fields_of(value, TERMS)


def _has_fields_of(value: Any, table: Mapping[str, Mapping[str, Check]]) -> bool:
    op = value.get("op") if isinstance(value, dict) else None
    return isinstance(op, str) and op in table and is_map(value, {"op": lambda _: True, **table[op]})


def _is_limit(value: Any) -> bool:
    return is_int(value, 1, 10**9)


_PREDICATES: dict[str, dict[str, Check]] = {
    "eq": {"at": _is_at, "value": _is_scalar},
    "in": {"at": _is_at, "values": lambda value: is_list(value, _is_scalar, 1, 64)},
    **{op: {"at": _is_at, "value": is_int} for op in _ORDER},
    "prefix": {"at": _is_at, "value": _is_operand},
    "glob": {"at": _is_at, "value": _is_operand},
    "all": {"at": _is_at, "each": is_predicate},
    "any": {"at": _is_at, "each": is_predicate},
    "and": {"of": lambda value: is_list(value, is_predicate, 0, MAX_CONSTRAINTS)},
    "or": {"of": lambda value: is_list(value, is_predicate, 0, MAX_CONSTRAINTS)},
    "not": {"of": is_predicate},
}
#: On the use, and at the top of ``where`` alone.
TERMS: dict[str, dict[str, Check]] = {
    "executors": {"dids": lambda value: is_list(value, is_did, 1, 8)},
    "maxCalls": {"limit": _is_limit},
    "rate": {"limit": _is_limit, "windowMs": lambda value: is_int(value, 1, _YEAR_MS)},
    "minTier": {"tier": lambda value: value in ("known", "trusted", "vouched")},
}


def is_where(value: Any) -> bool:
    """DG-20 and DG-11."""
    if not (is_list(value, is_constraint, 0, MAX_CONSTRAINTS) and sum(map(_size, value)) <= MAX_CONSTRAINTS):
        return False
    counted = any(term["op"] in ("maxCalls", "rate") for term in value)
    return not counted or any(term["op"] == "executors" and len(term["dids"]) == 1 for term in value)


def _size(constraint: Mapping[str, Any]) -> int:
    """How many constraints this is, those inside counted."""
    inside = constraint.get("each", constraint.get("of", []))
    return 1 + sum(map(_size, inside if isinstance(inside, list) else [inside]))


# What a predicate is worth


class Steps:
    """What is left of DG-36; once it does not suffice, all that follows is unknown."""

    def __init__(self, left: int = MAX_STEPS) -> None:
        self._left = left

    def take(self, count: int) -> bool:
        if count > self._left:
            self._left = 0
            return False
        self._left -= count
        return True


def evaluate(predicate: Mapping[str, Any], args: Any, steps: Steps) -> Truth:
    """DG-30 to DG-36; ``args`` are the arguments, or the element inside ``each``."""
    op = predicate["op"]
    if not steps.take(1):
        return None
    if op == "not":
        truth = evaluate(predicate["of"], args, steps)
        return None if truth is None else not truth
    if op in ("and", "or"):
        return _decided(op == "or", (evaluate(operand, args, steps) for operand in predicate["of"]))
    value = _value(predicate["at"], args)
    if op == "in":
        if not steps.take(len(predicate["values"])):
            return None
        return _decided(True, map(_equal, predicate["values"], repeat(value)))
    if op == "eq":
        return _equal(predicate["value"], value)
    if op in _ORDER:
        return _ORDER[op](value, predicate["value"]) if _is_number(value) else None
    if op in ("all", "any"):
        if not isinstance(value, list):
            return None
        return _decided(op == "any", (evaluate(predicate["each"], element, steps) for element in value))
    if not isinstance(value, str):
        return None
    if op == "prefix":
        return value.startswith(predicate["value"])
    return _matches(predicate["value"], value) if steps.take(units(value)) else None


def _value(at: list[str], args: Any) -> Any:
    """DG-30."""
    for key in at:
        if not isinstance(args, dict) or key not in args:
            return _MISSING
        args = args[key]
    return args


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _equal(wanted: Any, value: Any) -> Truth:
    """DG-31: unknown where the value is not of the type of what is wanted."""
    for is_type in (lambda of: isinstance(of, bool), _is_number, lambda of: isinstance(of, str)):
        if is_type(wanted):
            return bool(value == wanted) if is_type(value) else None
    raise AssertionError(wanted)


def _decided(by: bool, truths: Iterable[Truth]) -> Truth:
    """DG-32, DG-35: the first that is ``by`` decides; else unknown where one is unknown, else the other."""
    unknown = False
    for truth in truths:
        if truth is by:
            return by
        unknown = unknown or truth is None
    return None if unknown else not by


def _matches(pattern: str, text: str) -> bool:
    """DG-34. Taking each piece at its first place is enough: a later one only lengthens what a ``*`` stands for."""
    first, *pieces = pattern.split("*")
    if not pieces:
        return text == first
    if not text.startswith(first):
        return False
    at, last = len(first), pieces.pop()
    for piece in pieces:
        found = text.find(piece, at)
        if found < 0 or "/" in text[at:found]:
            return False
        at = found + len(piece)
    end = len(text) - len(last)
    return end >= at and text.endswith(last) and "/" not in text[at:end]
