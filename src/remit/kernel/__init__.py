"""The few values that everything shares: money, usage, periods, ids, diagnostics, errors."""
