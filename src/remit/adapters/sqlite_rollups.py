"""What calls and refusals come to by hour and day, in tables of the store's file."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time

from remit.adapters import rollups_sqlite as rollups
from remit.adapters.sqlite_file import SqliteFile
from remit.record.guardrail_charge import GuardrailKey, GuardrailSum
from remit.record.projection import RefusalKey, UsageKey, UsageSum, hour_of
from remit.record.rolled import Called, DayCharge
from remit.record.tool_day import ToolDayKey, ToolDaySum


class SqliteRollups(SqliteFile):
    """The part of the store that roll-ups are read from."""

    def usage(
        self, *, since: datetime, until: datetime | None = None, use_cases: Collection[str] | None = None
    ) -> list[tuple[UsageKey, UsageSum]]:
        end = hour_of(until) if until else rollups.END
        if use_cases is None:
            return rollups.usage_of(self._much(rollups.USAGE, hour_of(since), end))
        named = json.dumps(sorted(use_cases))
        return rollups.usage_of(self._much(rollups.USAGE_OF, hour_of(since), end, named))

    def charges(self, *, since: date) -> Iterator[DayCharge]:
        begin = hour_of(datetime.combine(since, time(), UTC))
        return rollups.charges_of(self._much(rollups.CHARGES, begin, rollups.END))

    def totals(self, *, since: datetime, until: datetime | None = None) -> list[tuple[UsageKey, UsageSum]]:
        return rollups.usage_of(self._much(rollups.USAGE_TOTALS, *rollups.whole_days(since, until)))

    def guarded(self, *, since: datetime, until: datetime) -> list[tuple[GuardrailKey, GuardrailSum]]:
        return rollups.guarded_of(self._much(rollups.GUARDED, hour_of(since), hour_of(until)))

    def called(self, *, since: datetime) -> list[Called]:
        rows = self._much(
            "select use_case, model, count(distinct key), sum(calls), sum(input_tokens + cache_read_tokens"
            " + cache_write_tokens + cache_write_1h_tokens), sum(output_tokens)"
            " from usage where hour >= ? group by use_case, model order by use_case, model",
            hour_of(since),
        )
        return [Called(*row) for row in rows]

    def refusals(self, *, since: datetime) -> list[tuple[RefusalKey, int]]:
        return rollups.refusals_of(self._much(rollups.REFUSALS, hour_of(since), rollups.END))

    def refusal_totals(self, *, since: datetime) -> list[tuple[RefusalKey, int]]:
        return rollups.refusals_of(self._much(rollups.REFUSAL_TOTALS, *rollups.whole_days(since)))

    def tool_days(self, use_case: str, *, since: date) -> list[tuple[ToolDayKey, ToolDaySum]]:
        sql = "select * from tool_day where use_case = ? and day >= ? order by day"
        return rollups.tool_days_of(self._all(sql, use_case, since.isoformat()))

    def tool_use_cases(self, *, since: date) -> list[str]:
        rows = self._all("select distinct use_case from tool_day where day >= ?", since.isoformat())
        return sorted(use_case for (use_case,) in rows)
