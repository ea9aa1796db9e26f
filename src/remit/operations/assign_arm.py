"""Assign an arm: put a call in the arm of the study that its use case is under, or refuse it there."""

from __future__ import annotations

from datetime import datetime

import msgspec

from remit.enforce.arm import held_out, lot_of, reference_missing, running
from remit.enforce.key import Key
from remit.operations.asked import Asked, Understood
from remit.operations.evaluation_run import is_run
from remit.operations.refused import Refused, purpose_of, refused
from remit.operations.worker import Worker


def assigned(
    worker: Worker, key: Key, asked: Asked | Understood, at: datetime
) -> Asked | Understood | Refused:
    """Say in which arm a call is, and serve the control arm as its study declares.

    A call that is asked again has its arm. What judges another call's text is no caller's, and has none; nor
    has a call of an evaluation, which is nobody's case and asks for just the model that it names.
    Raises JournalError if a refusal cannot be written down.
    """
    if isinstance(asked, Understood):
        return asked
    view = worker.view
    day = view.day(at)
    trial = running(view.trials[key.use_case], day)
    if trial is None or asked.judges or is_run(worker.system, key.use_case, asked.origin.run):
        return asked
    remit = view.remit(key.use_case)
    if not asked.reference:
        purpose = purpose_of(worker, key, remit, "", asked.user)
        return refused(worker, reference_missing(trial), purpose, at)
    side = trial.side(lot_of(worker.system.arms, trial.study, asked.reference), day)
    arm = f"{trial.study}:{side}"
    if side == "treated":
        return msgspec.structs.replace(asked, arm=arm)
    if trial.control.startswith("model/"):
        request = msgspec.structs.replace(asked.request, model=trial.control)
        return msgspec.structs.replace(asked, request=request, arm=arm)
    if trial.control and asked.prompt is not None:
        prompt = msgspec.structs.replace(asked.prompt, address=trial.control)
        return msgspec.structs.replace(asked, prompt=prompt, arm=arm)
    purpose = purpose_of(worker, key, remit, "", asked.user, arm=arm)
    return refused(worker, held_out(trial), purpose, at)
