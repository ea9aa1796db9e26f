"""Guardrails: detectors find, policies decide, and what is found is masked or stops a call."""
