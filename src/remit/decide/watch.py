"""Watch: from entries, in their order, to what people are told of.

The same entries, memory and operating model give the same notices, and the same memory afterwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import cast

import msgspec

from remit.decide.decided_notice import notice_of
from remit.decide.finops.anomaly import Anomaly
from remit.decide.finops.budget_forecast import BudgetForecast
from remit.decide.notice import (
    Fired,
    Halted,
    Memory,
    Notice,
    Refused,
    Spent,
    Stops,
    Told,
    Waiting,
    Watched,
    hour_start,
    kept_for,
)
from remit.decide.reminder import due, key_of, settled, with_answer
from remit.decide.spend_notice import anomaly_key, anomaly_notice, forecast_key, forecast_notice
from remit.decide.sunset import Sunset
from remit.decide.sunset_notice import FIRED, fired_key, sunset_notice
from remit.declare.operating_model import OperatingModel
from remit.declare.organisation import StageName
from remit.enforce.guardrail.noted import Noted
from remit.enforce.pool import layer_of
from remit.enforce.remit import Resolver
from remit.enforce.spend import Spend
from remit.kernel.money import EXACT, ZERO, Money, canonical
from remit.kernel.period import Per, window
from remit.record.approval_entry import Approval, ApprovalRequest
from remit.record.call_entry import Call, Purpose, Refusal
from remit.record.entry import Entry
from remit.record.guardrail_charge import GuardrailCharge
from remit.record.tool_entry import ToolCalled

PERCENTS = (50, 80, 100)
"""Which parts of a budget people are told of when they are reached."""
GRACE = timedelta(minutes=1)
"""How long after its hour people are told of what guardrails stopped: entries may come a little later."""
TYPES_MAX = 20
_PERIODS: tuple[Per, ...] = ("day", "month", "year")


@dataclass(slots=True)
class Watch:
    """The memory of what was told, and what has changed in it since `drain` was called."""

    model: OperatingModel
    known: dict[str, Watched]
    changed: dict[str, Watched | None] = field(default_factory=dict)
    _remits: Resolver | None = None

    @classmethod
    def over(cls, model: OperatingModel, memory: Memory) -> Watch:
        return cls(model, dict(memory))

    def see(self, model: OperatingModel) -> None:
        """Let another operating model take the place of the present one."""
        self.model, self._remits = model, None

    def drain(self) -> dict[str, Watched | None]:
        """Return what changed in the memory, None for what was forgotten."""
        changed, self.changed = self.changed, {}
        return changed

    def take(self, entry: Entry) -> Iterator[Notice]:
        """Take the next entry, and say what people are told of it."""
        if isinstance(entry, Call | GuardrailCharge | ToolCalled):
            yield from self._spent(entry)
        if isinstance(entry, Call):
            if entry.status == "blocked" and not (entry.judges or entry.hedge_of):
                self._stopped(entry, entry.purpose, entry.findings)
        elif isinstance(entry, Refusal):
            if entry.purpose is not None and not entry.judges:
                yield from self._refused(entry, entry.purpose)
                self._stopped(entry, entry.purpose, entry.findings)
        else:
            if isinstance(entry, ApprovalRequest | Approval):
                self._asked(entry)
            if (notice := notice_of(entry, self.model)) is not None:
                yield notice

    def _keep(self, key: str, value: Watched | None) -> None:
        self.changed[key] = value
        if value is None:
            self.known.pop(key, None)
        else:
            self.known[key] = value

    # Budgets.

    def _spends(self, purpose: Purpose) -> tuple[Spend, ...]:
        if purpose.use_case not in self.model.use_cases:
            return ()
        if self._remits is None:
            self._remits = Resolver(self.model)
        remit = self._remits.remit(purpose.use_case, cast(StageName, purpose.stage))
        return remit.spend or ()

    def _spent(self, call: Call | GuardrailCharge | ToolCalled) -> Iterator[Notice]:
        """Add a charge to its budgets' windows; say which parts of them it reached."""
        if not call.charge:
            return
        spends = self._spends(call.purpose) if call.accounts else ()
        for account in call.accounts:
            key = f"budget:{account}"
            known = self.known.get(key)
            before = known if isinstance(known, Spent) else Spent(ZERO, call.at, 0)
            posted = EXACT.add(before.posted, call.charge)
            spend = _drawn(spends, account, call.purpose)
            told = before.told
            if spend is not None:
                reached = _reached(posted, spend.limit)
                # A limit that was raised makes what was told of the lower one void.
                held = _reached(before.posted, spend.limit)
                told = held if told is None else min(told, held)
                for percent in PERCENTS:
                    if told < percent <= reached:
                        yield self._budget(call, account, spend, posted, percent)
                told = max(told, reached)
            self._keep(key, Spent(posted, call.at, told))

    def _budget(
        self,
        call: Call | GuardrailCharge | ToolCalled,
        account: str,
        spend: Spend,
        posted: Decimal,
        percent: int,
    ) -> Notice:
        use_case, unit = self._whose(spend, call.purpose)
        starts = account.rpartition(":")[2]
        of, limit = Money(posted, call.currency), Money(spend.limit, call.currency)
        whose = f" of {spend.each} `{_holder(spend, call.purpose)}`" if spend.each else ""
        summary = (
            f"budget `{spend.id}`{whose} has reached {percent} %: {of.display()} of {limit.display()}"
            f" in the {spend.per} from {starts}; {spend.owner} owns it"
        )
        data = {
            "percent": percent,
            "budget": spend.id,
            "per": spend.per,
            "starts": starts,
            "posted": canonical(posted),
            "limit": canonical(spend.limit),
            "currency": call.currency,
            "on_breach": spend.on_breach,
            "owner": spend.owner,
        }
        if spend.each:
            data[spend.each] = _holder(spend, call.purpose)
        return Notice(
            event="budget.reached",
            at=call.at,
            summary=summary,
            entry=call.id,
            subject=f"{account}:{percent}:{canonical(spend.limit)}",
            use_case=use_case,
            unit=unit,
            data=data,
        )

    def _whose(self, spend: Spend, purpose: Purpose) -> tuple[str, str]:
        """Name the use case and unit that a budget belongs to; both empty if it is the organisation's."""
        layer, _, name = layer_of(spend.pool).partition("/")
        if layer == "use-case" or ":use-case/" in spend.pool or spend.each:
            return purpose.use_case, purpose.unit
        return "", name if layer == "unit" else ""

    def _refused(self, refusal: Refusal, purpose: Purpose) -> Iterator[Notice]:
        """Say that a use case was refused for want of money, once in the period of the budget."""
        decision = refusal.decision
        if decision.rule != "budget-exhausted":
            return
        spends = self._spends(purpose)
        pers = {spend.per for spend in spends if layer_of(spend.pool) == decision.layer}
        per = next((each for each in _PERIODS if each in pers), _PERIODS[0])
        organisation = self.model.organisation
        starts = window(
            per, at=refusal.at, zone=organisation.zone, year_starts=organisation.fiscal_year_starts
        ).label
        key = f"refused:{purpose.use_case}:{decision.layer}:{per}:{starts}"
        if key in self.known:
            return
        self._keep(key, Refused(refusal.at))
        yield Notice(
            event="budget.refused",
            at=refusal.at,
            summary=f"a call of `{purpose.use_case}` was refused, the first in the {per} from {starts}:"
            f" {decision.summary}; {decision.owner} owns it",
            entry=refusal.id,
            use_case=purpose.use_case,
            unit=purpose.unit,
            data={
                "rule": decision.rule,
                "layer": decision.layer,
                "owner": decision.owner,
                "per": per,
                "starts": starts,
                "model": purpose.model,
            },
        )

    # Guardrails.

    def _stopped(self, entry: Call | Refusal, purpose: Purpose, findings: tuple[Noted, ...]) -> None:
        """Count what was stopped for each guardrail that said so; people are told after the hour."""
        hour = hour_start(entry.at)
        found: dict[str, dict[str, int]] = {}
        for each in findings:
            for guardrail, said in each.guardrails.items():
                if each.action == "block" and said == "block":
                    types = found.setdefault(guardrail, {})
                    types[each.type] = types.get(each.type, 0) + each.count
        for guardrail, types in found.items():
            key = f"stops:{purpose.use_case}:{guardrail}:{hour:%Y-%m-%dT%H}"
            known = self.known.get(key)
            if not isinstance(known, Stops):
                known = Stops(
                    use_case=purpose.use_case,
                    unit=purpose.unit,
                    guardrail=guardrail,
                    hour=hour,
                    first=entry.id,
                )
            counted = dict(known.types)
            for type, count in types.items():
                if type in counted or len(counted) < TYPES_MAX:
                    counted[type] = counted.get(type, 0) + count
            self._keep(
                key,
                msgspec.structs.replace(
                    known,
                    calls=known.calls + isinstance(entry, Call),
                    refusals=known.refusals + isinstance(entry, Refusal),
                    types=counted,
                ),
            )

    # Approvals.

    def _asked(self, entry: ApprovalRequest | Approval) -> None:
        """Remember what waits for an answer, up to the answer that settles it."""
        if isinstance(entry, ApprovalRequest):
            self._keep(key_of(entry.id), Waiting(entry))
            return
        known = self.known.get(key_of(entry.request))
        if isinstance(known, Waiting):
            answered = with_answer(known, entry)
            self._keep(key_of(entry.request), None if settled(answered, entry.at) else answered)

    def _waiting(self, key: str, known: Waiting, now: datetime) -> Iterator[Notice]:
        told, notice = due(known, now)
        if notice is not None:
            yield notice
            after = msgspec.structs.replace(known, told=told)
            self._keep(key, None if settled(after, now) else after)

    def due(self, now: datetime) -> Iterator[Notice]:
        """Say what people are told of because its time has come, and forget what is long past."""
        for key, known in list(self.known.items()):
            if isinstance(known, Waiting):
                yield from self._waiting(key, known, now)
            elif isinstance(known, Stops):
                if known.hour + timedelta(hours=1) + GRACE <= now:
                    self._keep(key, None)
                    yield _stops(known)
            elif not isinstance(known, Halted | Fired) and known.seen + kept_for(key) <= now:
                self._keep(key, None)

    # Sunset rules.

    def fired(self, sunsets: Iterable[Sunset], now: datetime) -> Iterator[Notice]:
        """Say which sunset rules fire, each once for as long as it does; forget those that no longer do."""
        firing = {fired_key(each): each for each in sunsets}
        for key in [key for key in self.known if key.startswith(FIRED) and key not in firing]:
            self._keep(key, None)
        for key, each in firing.items():
            if key not in self.known:
                self._keep(key, Fired(now))
                yield sunset_notice(each, now)

    # What is to come, and what was off.

    def looked(
        self, budgets: Iterable[BudgetForecast], anomalies: Iterable[Anomaly], now: datetime
    ) -> Iterator[Notice]:
        """Say which budgets will not last and which days were off: each window and each day once.

        Of a budget that is used up already people were told when it was.
        """
        for budget in budgets:
            if budget.forecast.spent < budget.limit and self._first(forecast_key(budget), now):
                yield forecast_notice(budget, now)
        for anomaly in anomalies:
            if self._first(anomaly_key(anomaly), now):
                yield anomaly_notice(anomaly, now)

    def _first(self, key: str, now: datetime) -> bool:
        known = key in self.known
        if not known:
            self._keep(key, Told(now))
        return not known

    # The ledger itself.

    def halt(self, reason: str | None, now: datetime) -> Iterator[Notice]:
        """Say that no call is admitted any more, once for each time."""
        known = self.known.get("halted")
        if reason is None:
            if known is not None:
                self._keep("halted", None)
            return
        if isinstance(known, Halted) and known.reason == reason:
            return
        self._keep("halted", Halted(reason, now))
        yield Notice(
            event="ledger.halted",
            at=now,
            summary=f"no call is admitted any more, because the ledger is not what was written: {reason}",
            subject=f"{now.isoformat()}:{hashlib.sha256(reason.encode()).hexdigest()}",
            data={"reason": reason},
        )


def _drawn(spends: tuple[Spend, ...], account: str, purpose: Purpose) -> Spend | None:
    """Find the budget that an account is a window of."""
    starts = account.rpartition(":")[2]
    for spend in spends:
        if spend.account(starts, key=purpose.key, agent=purpose.agent) == account:
            return spend
    return None


def _holder(spend: Spend, purpose: Purpose) -> str:
    return purpose.key if spend.each == "key" else purpose.agent


def _reached(posted: Decimal, limit: Decimal) -> int:
    """Say which part of a limit is reached.

    >>> [_reached(Decimal(posted), Decimal(10)) for posted in ("4.99", "5", "8", "99")]
    [0, 50, 80, 100]
    """
    cents = EXACT.multiply(posted, Decimal(100))
    return max((each for each in PERCENTS if cents >= EXACT.multiply(limit, Decimal(each))), default=0)


def _stops(known: Stops) -> Notice:
    total = known.calls + known.refusals
    calls = f"{total:,} call{'' if total == 1 else 's'}"
    found = ", ".join(f"{type} {count:,}" for type, count in sorted(known.types.items()))
    return Notice(
        event="guardrail.stopped",
        at=known.hour + timedelta(hours=1),
        summary=f"`{known.guardrail}` stopped {calls} of `{known.use_case}` in the hour from"
        f" {known.hour:%Y-%m-%d %H:%M} UTC: {found}",
        entry=known.first,
        subject=f"{known.guardrail}:{known.hour:%Y-%m-%dT%H}",
        use_case=known.use_case,
        unit=known.unit,
        data={
            "guardrail": known.guardrail,
            "hour": known.hour.isoformat(),
            "calls": known.calls,
            "refusals": known.refusals,
            "found": dict(known.types),
        },
    )
