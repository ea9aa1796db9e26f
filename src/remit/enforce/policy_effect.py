"""Policy effect: whom a change of policies concerns, and whether it may allow more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.declare.cedar import parsed
from remit.declare.operating_model import OperatingModel
from remit.declare.plan import Plan
from remit.declare.policy import Policy
from remit.enforce.policy import could_apply, forbids_all
from remit.enforce.remit import Remit

_WHAT = {
    (False, True): "is held to `{}`",
    (True, True): "is held to `{}` as it reads now",
    (True, False): "is no longer held to `{}`",
}
"""By whether a policy was enforced before, and whether it is now."""


def policy_effects(
    before: OperatingModel, after: OperatingModel, planned: Plan, *, remits: Mapping[str, Remit]
) -> Iterator[tuple[str, str, bool, bool]]:
    """List for each use case of `remits` what changes: its id, a sentence about it, if it widens, and if it
    ends all calls.

    Whether other words forbid less cannot be told, so that they count as wider: somebody should look.
    """
    for change in planned.changes:
        if change.section != "policies":
            continue
        old, new = (_enforced(model.policies.get(change.name)) for model in (before, after))
        if old is new is None or (old and new and old.text == new.text):
            continue
        model, policy = (after, new) if new else (before, old)
        assert policy is not None
        what = _WHAT[old is not None, new is not None].format(change.address)
        reads = [parsed(each.text) for each in (old, new) if each is not None]
        for name, remit in remits.items():
            if any(could_apply(read, model, remit) for read in reads):
                yield name, what, old is not None, new is not None and forbids_all(reads[-1])


def _enforced(policy: Policy | None) -> Policy | None:
    """Leave out what only is noted, or permits: neither has an effect."""
    if policy is None or policy.mode != "enforce":
        return None
    return policy if parsed(policy.text).effect == "forbid" else None
