"""What a policy about tools can ask about, in the Cedar language. Policies about models ask other things."""

from __future__ import annotations

from cedarpy import pst

ACTION = "call_tool"

TOOL_SCHEMA = """\
// What a policy of Remit can ask about a call of a tool, in the Cedar language.

// How sensitive data is, from the least to the most.
entity DataClass enum ["public", "internal", "confidential", "restricted"];

// A stage of a use case's life.
entity Stage enum ["envision", "experiment", "launch", "scale", "retired"];

// How much an agent may do by itself, from the least to the most.
entity Autonomy enum ["none", "suggest", "act_with_approval", "act_within_limits", "autonomous"];

// Where what a tool is given goes.
entity DataGoes enum ["stays", "organisation", "targets", "public"];

// A business unit, within the unit above it.
entity Unit in [Unit];

// A use case, within the unit that owns it.
entity UseCase in [Unit];

// Who calls: an agent's key, within its use case.
entity Key in [UseCase] = {
  "id": String,
  "use_case": String,
  "unit": String,
  "stage": Stage,
};

// What is called: a tool block, by its address.
entity Tool = {
  "address": String,
  "writes": Bool,
  "reversible": Bool,
  "data_goes": DataGoes,
  "data_class_max": DataClass,
};

// A call of a tool. Every attribute is always there.
action "call_tool" appliesTo {
  principal: [Key],
  resource: [Tool],
  context: {
    // The autonomy that holds for this call.
    "autonomy": Autonomy,
    // Whether a person has approved just this call.
    "approved": Bool,
    // Whether the run has read what others wrote, and the most sensitive data that it has read.
    "tainted": Bool,
    "data_class": DataClass,
    // Whether the person's own words ask for what the tool does.
    "asked": Bool,
    // Whether all that it reaches or hands on is known.
    "targets_known": Bool,
    // How many targets and records this call names, how many calls the run has made of it before.
    "targets": Long,
    "records": Long,
    "calls_in_run": Long,
    // The money that it moves, in the tool's own currency, rounded up to four decimals.
    "money": decimal,
    // The hour of the day, 0 to 23, and the day of the week, from 1 for Monday, where the organisation is.
    "hour": Long,
    "weekday": Long,
  },
};
"""


def is_about_tools(read: pst.Template) -> bool:
    """Say whether a policy names the action of calling a tool; one that names none is about models."""
    action = read.action
    if isinstance(action, pst.ActionEq):
        return action.entity.id == ACTION
    return isinstance(action, pst.ActionIn) and any(each.id == ACTION for each in action.entities)
