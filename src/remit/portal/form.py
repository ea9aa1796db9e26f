"""Forms: their fields, read within bounds."""

from __future__ import annotations

from urllib.parse import parse_qsl

from starlette.requests import Request

from remit.kernel.errors import Conflict

FORM_MAX = 256 << 10
FIELDS_MAX = 200


async def read_form(request: Request, *, bytes_max: int = FORM_MAX) -> dict[str, str]:
    """Read the fields of a form within a bound; of a field that comes twice, all values, a line each."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > bytes_max:
            raise Conflict(f"the form is larger than {bytes_max >> 10} KiB", help="write less into it")
    try:
        sent = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise Conflict("the form has too many fields", help="load the page again") from None
    fields: dict[str, str] = {}
    for name, value in sent:
        text = value.replace("\r\n", "\n").strip()
        fields[name] = f"{fields[name]}\n{text}" if name in fields else text
    return fields
