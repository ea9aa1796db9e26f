"""What can fail in the world outside, as one tree.

    RemitError
    ├── DirectoryInUse        another server works on this data directory
    ├── StoreError            the state cannot be read or written
    ├── JournalError          an entry cannot be made durable
    │   └── JournalTampered   what is on disk is not what was written
    ├── NotFound              what was asked for by name is not there
    ├── Conflict              somebody else changed it first
    ├── NotPermitted          whoever asks has no right to it
    ├── TelemetryFailed       a collector of telemetry has not taken what it was sent
    ├── CallStopped           a kill switch cuts a call that is under way
    ├── JudgeFailed           a guardrail by somebody else has not said what it was asked
    └── ProviderError         a model's provider did not do its part
        ├── ProviderBusy      its queue is full; trying later helps
        ├── ProviderRefused   it will never accept this request
        └── ProviderFailed    it answered with a fault, or what cannot be read
            ├── ProviderUnreachable  no connection came about, so it cannot have done anything
            └── ProviderBrokeOff     its answer began and did not end

Wrong declarations are diagnostics and a "no" is a decision: neither is ever raised.
"""


class RemitError(Exception):
    """A fault with a permanent code, one sentence, and what would help.

    Messages hold ids and figures, never prompt text, secrets or personal data.
    """

    code = "internal-fault"
    retryable = False

    def __init__(self, summary: str, *, help: str, code: str | None = None) -> None:
        super().__init__(summary)
        self.summary = summary
        self.help = help
        if code is not None:
            self.code = code


class DirectoryInUse(RemitError):
    code = "directory-in-use"


class StoreError(RemitError):
    """With `retry_after_s` it is likely to pass by then."""

    code = "store-unavailable"
    retryable = True

    def __init__(
        self, summary: str, *, help: str, code: str | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(summary, help=help, code=code)
        self.retry_after_s = retry_after_s


class JournalError(RemitError):
    """Of several entries, `written` are in the journal; the rest are not."""

    code = "journal-unavailable"
    retryable = True

    def __init__(self, summary: str, *, help: str, code: str | None = None, written: int = 0) -> None:
        super().__init__(summary, help=help, code=code)
        self.written = written


class JournalTampered(JournalError):
    code = "journal-tampered"
    retryable = False


class NotFound(RemitError):
    code = "not-found"


class Conflict(RemitError):
    code = "conflict"


class NotPermitted(RemitError):
    code = "not-permitted"


class TelemetryFailed(RemitError):
    """With `retry_after_s` it was said when to come again; `too_large` is that less at once may pass."""

    code = "telemetry-unavailable"
    retryable = True

    def __init__(
        self, summary: str, *, help: str, retry_after_s: int | None = None, too_large: bool = False
    ) -> None:
        super().__init__(summary, help=help)
        self.retry_after_s = retry_after_s
        self.too_large = too_large


class CallStopped(RemitError):
    """A kill switch cuts a call that is under way."""

    code = "kill-switch"


class JudgeFailed(RemitError):
    code = "guardrail-unavailable"
    retryable = True


class ProviderError(RemitError):
    """`worked` says that the provider had taken the request: it has most likely done work that it counts."""

    code = "provider-failed"
    worked = False


class ProviderBusy(ProviderError):
    """The provider's queue is full; `retry_after_s` is when a place is likely."""

    code = "provider-busy"
    retryable = True

    def __init__(self, summary: str, *, help: str, retry_after_s: int) -> None:
        super().__init__(summary, help=help)
        self.retry_after_s = retry_after_s


class ProviderRefused(ProviderError):
    code = "provider-refused"


class ProviderFailed(ProviderError):
    code = "provider-failed"
    retryable = True


class ProviderUnreachable(ProviderFailed):
    code = "provider-unreachable"


class ProviderBrokeOff(ProviderFailed):
    code = "provider-broke-off"
    worked = True


def where(error: BaseException) -> str:
    """Name an exception and the places it passed, without its message: that could hold anything."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        file = code.co_filename.replace("\\", "/").rpartition("/remit/")[2]
        places.append(f"{code.co_qualname} ({file}:{trace.tb_lineno})")
        trace = trace.tb_next
    return f"{type(error).__name__} at {', '.join(places)}"
