"""Strict msgpack (identity.md, ENC-1 to ENC-12).

The decoder walks the bytes itself and refuses at the first offence, so that no general decoder ever sees bytes
that were not checked. Strings become ``str``, byte strings ``bytes``, arrays ``list`` and maps ``dict``.
"""

from __future__ import annotations

import math
import struct
from typing import Any

MAX_BYTES = 65_536  # ENC-2
MAX_DEPTH = 8  # ENC-3
MAX_ITEMS = 4_096  # ENC-4, and for each 65,536 bytes of the body of a message
MAX_INTEGER = 2**53 - 1  # ENC-7
FORBIDDEN_KEYS = frozenset({"__proto__", "constructor", "prototype"})  # ENC-11


class EncodingError(ValueError):
    """A document that is not strict msgpack; ``code`` is one of ``encoding.*``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def max_items(size: int) -> int:
    """How many items a document of so many bytes may have; only bodies have more than 65,536 (session.md)."""
    return MAX_ITEMS * max(1, -(-size // MAX_BYTES))


def items_of(value: Any) -> int:
    """How many items a value is (ENC-4)."""
    if isinstance(value, dict):
        return 1 + len(value) + sum(map(items_of, value.values()))
    return 1 + sum(map(items_of, value)) if isinstance(value, (list, tuple)) else 1


def decode(data: bytes, *, max_bytes: int = MAX_BYTES, floats: bool = False) -> Any:
    """Decode exactly one document. ``floats`` allows float64 as in bodies (ENC-9)."""
    if len(data) > max_bytes:
        raise EncodingError("encoding.size")
    reader = _Reader(data, floats)
    value = reader.value(0)
    if reader.at != len(data):
        raise EncodingError("encoding.trailing")
    return value


class _Reader:
    """One pass over the bytes of one document."""

    def __init__(self, data: bytes, floats: bool) -> None:
        self.data = data
        self.at = 0
        self.items = 0
        self.max_items = max_items(len(data))
        self.floats = floats

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes, if they are there (ENC-5)."""
        if size > len(self.data) - self.at:
            raise EncodingError("encoding.truncated")
        start, self.at = self.at, self.at + size
        return self.data[start : self.at]

    def unsigned(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def value(self, depth: int) -> Any:
        """Read one value that stands inside ``depth`` arrays and maps."""
        self.items += 1
        if self.items > self.max_items:
            raise EncodingError("encoding.items")
        first = self.unsigned(1)
        if first <= 0x7F:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first <= 0x8F:
            return self.map(first & 0x0F, depth)
        if first <= 0x9F:
            return self.array(first & 0x0F, depth)
        if first <= 0xBF:
            return self.string(first & 0x1F)
        if first == 0xC0:
            return None
        if first == 0xC2:
            return False
        if first == 0xC3:
            return True
        if first == 0xC1:
            raise EncodingError("encoding.reserved")
        if first in (0xC4, 0xC5, 0xC6):
            return self.take(self.length(1 << (first - 0xC4), (0, 0x100, 0x10000)[first - 0xC4]))
        if first == 0xCA:
            raise EncodingError("encoding.float")
        if first == 0xCB:
            return self.float64()
        if 0xCC <= first <= 0xCF:
            return self.integer(1 << (first - 0xCC), signed=False)
        if 0xD0 <= first <= 0xD3:
            return self.integer(1 << (first - 0xD0), signed=True)
        if first in (0xD9, 0xDA, 0xDB):
            return self.string(self.length(1 << (first - 0xD9), (0x20, 0x100, 0x10000)[first - 0xD9]))
        if first in (0xDC, 0xDD):
            return self.array(self.length(2 << (first - 0xDC), (0x10, 0x10000)[first - 0xDC]), depth)
        if first in (0xDE, 0xDF):
            return self.map(self.length(2 << (first - 0xDE), (0x10, 0x10000)[first - 0xDE]), depth)
        raise EncodingError("encoding.extension")  # c7 c8 c9 d4 d5 d6 d7 d8 (ENC-6)

    def length(self, size: int, least: int) -> int:
        """A length of ``size`` bytes, which no shorter header could have given (ENC-8)."""
        value = self.unsigned(size)
        if value < least:
            raise EncodingError("encoding.not-shortest")
        return value

    def integer(self, size: int, *, signed: bool) -> int:
        """ENC-7: in range, and in one of the shortest forms of the table."""
        value = int.from_bytes(self.take(size), "big", signed=signed)
        if abs(value) > MAX_INTEGER:
            raise EncodingError("encoding.integer-range")
        if 1 + size != _integer_size(value):
            raise EncodingError("encoding.not-shortest")
        return value

    def float64(self) -> float:
        """ENC-9."""
        value: float = struct.unpack(">d", self.take(8))[0]
        if not self.floats or not math.isfinite(value):
            raise EncodingError("encoding.float")
        if value.is_integer() and abs(value) <= MAX_INTEGER:
            raise EncodingError("encoding.not-shortest")
        return value

    def string(self, size: int) -> str:
        """ENC-10. Python's strict decoder refuses overlong forms, surrogates and what lies beyond U+10FFFF."""
        try:
            text = self.take(size).decode("utf-8", "strict")
        except UnicodeDecodeError:
            raise EncodingError("encoding.utf8") from None
        if text.startswith("\ufeff"):
            raise EncodingError("encoding.utf8")
        return text

    def array(self, count: int, depth: int) -> list[Any]:
        if depth >= MAX_DEPTH:
            raise EncodingError("encoding.depth")
        if count > len(self.data) - self.at:
            raise EncodingError("encoding.truncated")
        return [self.value(depth + 1) for _ in range(count)]

    def map(self, count: int, depth: int) -> dict[str, Any]:
        if depth >= MAX_DEPTH:
            raise EncodingError("encoding.depth")
        if 2 * count > len(self.data) - self.at:
            raise EncodingError("encoding.truncated")
        out: dict[str, Any] = {}
        for _ in range(count):
            key = self.key()
            if key in out:
                raise EncodingError("encoding.duplicate-key")
            out[key] = self.value(depth + 1)
        return out

    def key(self) -> str:
        """ENC-11: keys are strings, and are items of their own."""
        if self.at < len(self.data):
            first = self.data[self.at]
            if not (0xA0 <= first <= 0xBF or first in (0xD9, 0xDA)):
                raise EncodingError("encoding.key-type")
        key: str = self.value(MAX_DEPTH)
        if key in FORBIDDEN_KEYS:
            raise EncodingError("encoding.forbidden-key")
        return key


def _integer_size(value: int) -> int:
    """How many bytes the shortest form of an integer has (the table of ENC-7)."""
    if -32 <= value <= 127:
        return 1
    if -(2**7) <= value < 2**8:
        return 2
    if -(2**15) <= value < 2**16:
        return 3
    if -(2**31) <= value < 2**32:
        return 5
    return 9


def encode(value: Any, *, floats: bool = False, max_bytes: int = MAX_BYTES) -> bytes:
    """Encode one document so that :func:`decode` accepts it (ENC-12). Maps keep the order of the ``dict``."""
    out = bytearray()
    writer = _Writer(out, floats)
    writer.value(value, 0)
    if len(out) > max_bytes:
        raise EncodingError("encoding.size")
    if writer.items > max_items(len(out)):
        raise EncodingError("encoding.items")
    return bytes(out)


class _Writer:
    """Appends values to ``out``, counts them, and keeps the bound of ENC-3."""

    def __init__(self, out: bytearray, floats: bool) -> None:
        self.out = out
        self.items = 0
        self.floats = floats

    def value(self, value: Any, depth: int) -> None:
        self.items += 1
        if value is None:
            self.out.append(0xC0)
        elif value is True or value is False:
            self.out.append(0xC3 if value else 0xC2)
        elif isinstance(value, int):
            self.integer(value)
        elif isinstance(value, float):
            self.float64(value)
        elif isinstance(value, str):
            self.string(value)
        elif isinstance(value, (bytes, bytearray)):
            self.header(len(value), None, 0, 0xC4, 0xC5, 0xC6)
            self.out += value
        elif isinstance(value, (list, tuple)):
            self.nest(depth)
            self.header(len(value), 0x90, 15, None, 0xDC, 0xDD)
            for item in value:
                self.value(item, depth + 1)
        elif isinstance(value, dict):
            self.nest(depth)
            self.header(len(value), 0x80, 15, None, 0xDE, 0xDF)
            for key, item in value.items():
                self.key(key)
                self.value(item, depth + 1)
        else:
            raise EncodingError("encoding.type")

    def key(self, key: Any) -> None:
        """ENC-11."""
        if not isinstance(key, str):
            raise EncodingError("encoding.key-type")
        if key in FORBIDDEN_KEYS:
            raise EncodingError("encoding.forbidden-key")
        start = len(self.out)
        self.value(key, MAX_DEPTH)
        if self.out[start] == 0xDB:
            raise EncodingError("encoding.key-type")

    def nest(self, depth: int) -> None:
        if depth >= MAX_DEPTH:
            raise EncodingError("encoding.depth")

    def header(self, size: int, fix: int | None, fix_max: int, one: int | None, two: int, four: int) -> None:
        """The shortest header for a length (ENC-8)."""
        if fix is not None and size <= fix_max:
            self.out.append(fix | size)
        elif one is not None and size <= 0xFF:
            self.out += bytes((one, size))
        elif size <= 0xFFFF:
            self.out.append(two)
            self.out += size.to_bytes(2, "big")
        else:
            self.out.append(four)
            self.out += size.to_bytes(4, "big")

    def integer(self, value: int) -> None:
        """ENC-7. Of two forms that are equally short, the worked examples of statements.md show the signed one."""
        if abs(value) > MAX_INTEGER:
            raise EncodingError("encoding.integer-range")
        size = _integer_size(value)
        if size == 1:
            self.out.append(value & 0xFF)
            return
        width = size - 1
        power = width.bit_length() - 1  # 1, 2, 4, 8 bytes → 0, 1, 2, 3
        # cd for 800 and d3 for 1.7e12 in the examples: unsigned up to 32 bits, signed for 64.
        signed = value < 0 or width == 8
        self.out.append((0xD0 if signed else 0xCC) + power)
        self.out += value.to_bytes(width, "big", signed=signed)

    def float64(self, value: float) -> None:
        """ENC-9 and ENC-12: integral floats are written as integers, −0 as 0."""
        if math.isfinite(value) and value.is_integer() and abs(value) <= MAX_INTEGER:
            self.integer(int(value))
            return
        if not self.floats or not math.isfinite(value):
            raise EncodingError("encoding.float")
        self.out.append(0xCB)
        self.out += struct.pack(">d", value)

    def string(self, value: str) -> None:
        """ENC-10."""
        try:
            raw = value.encode("utf-8", "strict")
        except UnicodeEncodeError:
            raise EncodingError("encoding.utf8") from None
        if value.startswith("\ufeff"):
            raise EncodingError("encoding.utf8")
        self.header(len(raw), 0xA0, 31, 0xD9, 0xDA, 0xDB)
        self.out += raw
