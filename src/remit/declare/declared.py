"""What every declared noun is made of: one frozen class each, and types that read their own text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, StringConstraints
from pydantic import PlainValidator as Reads

from remit.kernel.money import Money, canonical


class Declared(BaseModel):
    """A declared noun. YAML key, Python field and JSON key are the same word; unknown ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Copy the fields; what was worked out from them and kept is worked out anew."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


def _visible(text: Any) -> Any:
    """Refuse characters that a reader of the text cannot see."""
    # Nearly every text is printable throughout, and then holds none of them; asking that is quick.
    if isinstance(text, str) and not text.isprintable():
        for character in text:
            if unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs") and character not in "\n\t":
                raise ValueError(
                    f"remove the invisible character U+{ord(character):04X}; readers cannot see what it does"
                )
    return text


def _truth(text: Any) -> Any:
    if isinstance(text, bool):
        return text
    if text not in ("true", "false"):
        raise ValueError("write `true` or `false`")
    return text == "true"


def whole(text: Any) -> Any:
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{1,3}(?:_[0-9]{3}){1,4}|[0-9]{1,15}", text):
        raise ValueError("write a whole number, such as `2000`")
    return int(text)


def _money(value: Any) -> Money:
    if isinstance(value, Money):
        return value
    return Money.parse(value if isinstance(value, str) else "")


def rate(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", value):
        raise ValueError("write a decimal number with at most 9 decimals, such as `0.15`")
    return Decimal(value)


def _day(value: Any) -> date:
    """Read a date only as people write it down; `20260101` is not one, nor is a count of seconds."""
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("write a date as `2026-11-23`")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("write a date that is in the calendar") from None


def _seconds(value: Any) -> float:
    if isinstance(value, float):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,4}(?:\.[0-9]{1,3})?", value):
        raise ValueError(_SECONDS)
    if not 0.1 <= float(value) <= 3600:
        raise ValueError(_SECONDS)
    return float(value)


_SECONDS = "write a number of seconds from 0.1 to 3600, such as `20` or `0.5`"


def _seconds_said(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


ID_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,78}[a-z0-9])?$"
NAME_PATTERN = r"[a-z0-9](?:[a-z0-9.-]{0,78}[a-z0-9])?"
VERSION_PATTERN = r"(?:@[1-9][0-9]{0,5})?"
ADDRESS_PATTERN = rf"^[a-z]+/{NAME_PATTERN}{VERSION_PATTERN}$"

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
"""Lower-case letters, digits and hyphens, at most 80."""

BlockAddress = Annotated[str, StringConstraints(pattern=ADDRESS_PATTERN)]
"""A building block as `kind/name`, such as `model/smollm2`, or one version of it, as `prompt/letter@4`."""

Visible = BeforeValidator(_visible)
Contact = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$", to_lower=True), Visible]
"""The mail address of a role, not of a person; in small letters, so that no two spellings are two persons."""

WORD_PATTERN = r"^[a-z][a-z0-9_]{0,39}$"
Word = Annotated[str, StringConstraints(pattern=WORD_PATTERN, strip_whitespace=False)]
"""A label's or an option's name: lower-case letters, digits and underscores, at most 40."""

Title = Annotated[str, StringConstraints(min_length=1, max_length=400), Visible]
"""A line of text, 1 to 400 characters, none of them invisible."""

Prose = Annotated[str, StringConstraints(min_length=1, max_length=20_000), Visible]
"""A text, 1 to 20,000 characters, none of them invisible."""

Truth = Annotated[bool, Reads(_truth)]
"""`true` or `false`; `yes`, `no`, `on` and `off` are refused."""

Count = Annotated[int, Reads(whole)]
"""A whole number, such as `2000` or `16_000`."""

Day = Annotated[date, Reads(_day), PlainSerializer(date.isoformat, return_type=str)]
"""A date, such as `2026-11-23`."""

Amount = Annotated[Money, Reads(_money), PlainSerializer(str, return_type=str)]
"""An amount and its currency, such as `250.00 EUR`; at most 18 digits and 12 decimals."""

Rate = Annotated[Decimal, Reads(rate), PlainSerializer(canonical, return_type=str)]
"""A decimal number with at most 9 decimals, such as `0.15`."""

Seconds = Annotated[float, Reads(_seconds), PlainSerializer(_seconds_said, return_type=str)]
"""A number of seconds from 0.1 to 3600 with at most 3 decimals, such as `20` or `0.5`."""

DataClass = Literal["public", "internal", "confidential", "restricted"]
"""How sensitive data is, from the least to the most."""

REGION_PATTERN = r"^[a-z][a-z0-9-]{1,39}$"
Region = Annotated[str, StringConstraints(pattern=REGION_PATTERN)]
"""A place where data is handled, in your own words, such as `eu`, `nl` or `eu-central-1`."""

ROLE_PATTERN = r"^arn:aws[a-z-]{0,20}:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,200}$"
Role = Annotated[str, StringConstraints(pattern=ROLE_PATTERN)]
"""The ARN of a role of AWS, such as `arn:aws:iam::123456789012:role/remit`."""

RiskTier = Literal["low", "medium", "high"]
"""How much can go wrong with a use case."""

RISK_TIERS: tuple[RiskTier, ...] = ("low", "medium", "high")

Autonomy = Literal["none", "suggest", "act_with_approval", "act_within_limits", "autonomous"]
"""How much an agent may do by itself, from the least to the most."""

AUTONOMIES: tuple[Autonomy, ...] = ("none", "suggest", "act_with_approval", "act_within_limits", "autonomous")

Agency = Literal["none", "read", "write"]
"""What an agent may touch: nothing, reading, or writing as well."""

AGENCIES: tuple[Agency, ...] = ("none", "read", "write")

Capture = Literal["off", "masked", "raw"]
"""How much of prompts and answers is kept: nothing, without personal data, or all."""

CAPTURES: tuple[Capture, ...] = ("off", "masked", "raw")

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
"""How much a model that reasons shall think before it answers, from the least to the most."""

DATA_CLASSES: tuple[DataClass, ...] = ("public", "internal", "confidential", "restricted")
