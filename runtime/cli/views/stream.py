"""Text in, masked and harmless text on standard output or standard error out: everything that is printed passes here.

Data of managed systems is hostile: control characters, which a terminal would obey, are shown as escapes.
"""

import re
import sys
from typing import Any, TextIO

import msgspec

from runtime.settings.secrets import Masker

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

MASKER = Masker()
"""Knows the secrets of this process; whoever reads settings lets it learn them."""


def clean(value: object) -> str:
    """The text of a value as it may be shown: secrets masked, control characters escaped, `\\n` and `\\t` kept."""
    text = MASKER.mask("" if value is None else str(value))
    return _CONTROL.sub(lambda found: f"\\x{ord(found.group()):02x}", text)


def say(text: str = "") -> None:
    """A line of data on standard output."""
    _write(sys.stdout, clean(text))


def tell(text: str) -> None:
    """A line for the person at the terminal, on standard error."""
    _write(sys.stderr, clean(text))


def rendered(text: str, *, error: bool = False) -> None:
    """Text that its maker made safe and perhaps coloured: masked, else as it is; on standard error when it is one."""
    stream = sys.stderr if error else sys.stdout
    _write(stream, MASKER.mask(text.removesuffix("\n")))


def is_terminal(*, error: bool = False) -> bool:
    """Whether a person looks at what is printed, on standard error when it is about that."""
    return (sys.stderr if error else sys.stdout).isatty()


def document(data: bytes) -> None:
    """A document of ours as it is, on standard output."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.flush()


def record(value: object) -> None:
    """A value as one line of JSON on standard output; secrets are masked inside its texts."""
    document(msgspec.json.encode(_masked(msgspec.to_builtins(value))) + b"\n")


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return MASKER.mask(value)
    if isinstance(value, dict):
        return {_masked(key): _masked(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(each) for each in value]
    return value


def _write(stream: TextIO, text: str) -> None:
    data = f"{text}\n".encode(stream.encoding or "utf-8", errors="backslashreplace")
    stream.flush()
    stream.buffer.write(data)
    stream.flush()
