"""One file of a training set while it is written, line by line, and then read again."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import BinaryIO

from remit.kernel.errors import RemitError
from remit.record.call_entry import Call
from remit.report.training_format import FormatName, read_line
from remit.report.training_set import Written


@dataclass(slots=True)
class Sheet:
    """One file while it is written: the calls in it, how long it may be, and a digest of each line."""

    file: BinaryIO
    format: FormatName
    size_max: int
    calls: list[str] = field(default_factory=list)
    size: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    lines: list[bytes] = field(default_factory=list)

    def write(self, line: bytes, call: Call) -> bool:
        """Write a line; says whether there was room."""
        if self.size + len(line) > self.size_max:
            return False
        self.file.write(line)
        self.calls.append(call.id)
        self.lines.append(sha256(line).digest())
        self.size += len(line)
        self.input_tokens += call.usage.input_total
        self.output_tokens += call.usage.output_tokens
        return True

    def read_again(self) -> Written:
        """Read the file to its end; raises RemitError where it is not what was written."""
        self.file.flush()
        self.file.seek(0)
        digest, number = sha256(), 0
        for number, line in enumerate(self.file, 1):
            if number > len(self.lines) or sha256(line).digest() != self.lines[number - 1]:
                raise unsound(f"line {number:,}")
            read_line(self.format, line)
            digest.update(line)
        if number != len(self.lines):
            raise unsound(f"line {number + 1:,}")
        found = digest.hexdigest() if number else ""
        return Written(tuple(self.calls), self.size, self.input_tokens, self.output_tokens, found)


def unsound(where: str) -> RemitError:
    """Say that a file is not what was meant to be written; `where` names a line or a call."""
    return RemitError(
        f"what was written at {where} does not read again as it was meant, so nothing is given out",
        help="see that the disk is sound; if it is, this is a fault of Remit's to be reported",
        code="training-set-unsound",
    )
