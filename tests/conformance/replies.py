"""What is answered: the rows of the matrix that look at what a caller reads."""

from __future__ import annotations

from collections.abc import Callable

from conformance.caller import Caller, Got
from conformance.feature import OTHER, TOOL, Feature, ask
from conformance.provider import Script


def tools_read(got: Got, script: Script, caller: Caller) -> bool:
    return got.tools == list(script.tools) and got.reason == caller.reasons["tool_use"]


def reason_read(got: Got, script: Script, caller: Caller) -> bool:
    return got.reason == caller.reasons[script.reason] and script.text in got.text


def counted(*names: str) -> Callable[[Got, Script, Caller], bool | None]:
    def read(got: Got, script: Script, caller: Caller) -> bool | None:
        if not set(names) <= set(got.usage):
            return None
        return all(got.usage[name] == getattr(script, name) for name in names)

    return read


def stop_read(got: Got, script: Script, caller: Caller) -> bool | None:
    if got.stop_sequence is None:
        return None
    return got.stop_sequence == script.stop_sequence and got.reason == caller.reasons["stop_sequence"]


def thoughts_read(got: Got, script: Script, caller: Caller) -> bool:
    return (got.thoughts, got.text) == (script.thoughts, script.text)


def signed_read(got: Got, script: Script, caller: Caller) -> bool | None:
    if caller.name == "OpenAI chat completions":
        return None
    return got.signature == script.signature and got.thoughts == script.thoughts


def refusal_read(got: Got, script: Script, caller: Caller) -> bool:
    # Where a format has no place of its own for the words of a refusal, they are words like others.
    return script.refused in (got.refused, got.text)


_CALLED = (("zq_1", "zq_tool", {"zqfield": "one"}), ("zq_2", "zq_other", {"zqfield": "two"}))

ANSWERS: tuple[Feature, ...] = (
    Feature("text", ask("Hello.")),
    Feature(
        "call of a tool",
        ask("Hello.", tools=(TOOL,)),
        script=Script(text="zq-first", tools=_CALLED[:1], reason="tool_use"),
        read=tools_read,
    ),
    Feature(
        "calls of two tools at once",
        ask("Hello.", tools=(TOOL, OTHER)),
        script=Script(tools=_CALLED, reason="tool_use"),
        read=tools_read,
    ),
    Feature(
        "reasoning",
        ask("Hello."),
        script=Script(thoughts="zq-thought", text="zq-answer"),
        read=thoughts_read,
    ),
    Feature(
        "signature of reasoning",
        ask("Hello."),
        script=Script(thoughts="zq-thought", signature="enFzaWc=", text="zq-answer"),
        read=signed_read,
    ),
    Feature("end: of itself", ask("Hello."), script=Script(text="zq-answer"), read=reason_read),
    Feature(
        "end: at the bound", ask("Hello."), script=Script(text="zq-answer", reason="length"), read=reason_read
    ),
    Feature(
        "end: at which stop text",
        ask("Hello.", stop=("zq-stop",)),
        script=Script(text="zq-answer", reason="stop_sequence", stop_sequence="zq-stop"),
        read=stop_read,
    ),
    Feature(
        "end: filtered",
        ask("Hello."),
        script=Script(text="zq-answer", reason="content_filter"),
        read=reason_read,
    ),
    Feature(
        "end: refused",
        ask("Hello."),
        script=Script(text="zq-answer", reason="refusal"),
        read=lambda got, script, caller: (
            None if caller.reasons["refusal"] in ("stop", "completed") else reason_read(got, script, caller)
        ),
    ),
    Feature(
        "words of a refusal",
        ask("Hello."),
        script=Script(refused="zq-no", reason="refusal"),
        read=refusal_read,
    ),
    Feature("tokens read and written", ask("Hello."), read=counted("input", "output")),
    Feature(
        "tokens from a cache",
        ask("Hello."),
        script=Script(text="zq-answer", cached=8),
        read=counted("input", "cached", "output"),
    ),
    Feature(
        "tokens put into a cache",
        ask("Hello."),
        script=Script(text="zq-answer", written=6),
        read=counted("input", "written", "output"),
    ),
    Feature(
        "tokens of reasoning",
        ask("Hello."),
        script=Script(text="zq-answer", thoughts="zq-thought", reasoning=4),
        read=counted("reasoning", "output"),
    ),
    Feature("fault: busy", ask("Hello."), script=Script(status=429), code="provider-busy"),
    Feature("fault: refused", ask("Hello."), script=Script(status=400), code="provider-refused"),
    Feature("fault: our key", ask("Hello."), script=Script(status=401), code="provider-key-refused"),
    Feature("fault: in time", ask("Hello."), script=Script(status=504), code="provider-timeout"),
    Feature(
        "fault: in the middle",
        ask("Hello."),
        script=Script(text="zq-answer", breaks=True),
        code="provider-failed",
    ),
    Feature("caller leaves", ask("Hello."), script=Script(text="zq-answer", waits=True)),
)
