"""Who reads a knowledge base, and who may not."""

from __future__ import annotations

from remit.declare.block import KnowledgeBlock
from remit.declare.load import load
from remit.declare.operating_model import OperatingModel
from remit.enforce.knowledge.reader import Reader, admits, reader_of
from remit.enforce.remit import Remit, resolve

MODEL = """
organisation:
  name: A house
  contact: administrator@example.com
  currency: EUR
  remit: {data_class_max: confidential}
units:
  claims: {name: Claims, lead: lead@example.com}
  motor: {name: Motor, parent: claims, lead: lead@example.com}
  sales: {name: Sales, lead: lead@example.com}
stages:
  experiment: {description: A pilot., remit: {calls: true}}
blocks:
  knowledge/handbook:
    name: Handbook
    owner: owner@example.com
    readers: [unit/claims, group/partners]
    groups: {partners: [use-case/seller], desk: [agent/desk]}
  knowledge/draft: {name: Draft, status: draft}
use_cases:
  triage: {name: T, unit: motor, owner: o@example.com, purpose: P., data_class: internal,
    blocks: [knowledge/handbook, knowledge/draft], adoption: {stage: experiment, basis: It runs.}}
  seller: {name: S, unit: sales, owner: o@example.com, purpose: P., data_class: confidential,
    blocks: [knowledge/handbook], adoption: {stage: experiment, basis: It runs.}}
  other: {name: O, unit: sales, owner: o@example.com, purpose: P.,
    blocks: [knowledge/handbook], adoption: {stage: experiment, basis: It runs.}}
  none: {name: N, unit: motor, owner: o@example.com, purpose: P.,
    adoption: {stage: experiment, basis: It runs.}}
"""


def house() -> OperatingModel:
    loaded = load({"house.yaml": MODEL})
    assert loaded.operating_model is not None, [each.render() for each in loaded.diagnostics]
    return loaded.operating_model


def remit(use_case: str) -> Remit:
    return resolve(house(), use_case, "experiment")


def names(use_case: str, agent: str = "") -> frozenset[str]:
    block = house().blocks["knowledge/handbook"]
    assert isinstance(block, KnowledgeBlock)
    return reader_of(house(), block, remit(use_case), agent=agent).names


def refusal(use_case: str, address: str = "knowledge/handbook", *, usable: bool = True) -> str:
    return admits(house(), address, remit(use_case), usable=usable).rule


def test_a_reader_is_its_use_case_its_units_its_agent_and_its_groups() -> None:
    assert names("triage") == {"all", "use-case/triage", "unit/motor", "unit/claims"}
    assert names("seller") == {"all", "use-case/seller", "unit/sales", "group/partners"}
    assert names("triage", "desk") == names("triage") | {"agent/desk", "group/desk"}


def test_a_reader_sees_no_more_than_its_use_case_handles() -> None:
    block = house().blocks["knowledge/handbook"]
    assert isinstance(block, KnowledgeBlock)
    reader = reader_of(house(), block, remit("triage"))
    assert reader.sees(("unit/claims",), "internal")
    assert not reader.sees(("unit/claims",), "confidential")
    assert not reader.sees((), "public")
    assert not Reader(frozenset(), "restricted").sees(("all",), "public")


def test_a_knowledge_base_is_searched_by_who_names_it_and_is_among_its_readers() -> None:
    assert (refusal("triage"), refusal("seller")) == ("", "")
    assert refusal("other") == "knowledge-not-allowed"
    assert refusal("none") == "knowledge-not-allowed"


def test_one_that_is_not_declared_is_answered_like_one_that_is_not_named() -> None:
    unknown = admits(house(), "knowledge/unknown", remit("none"), usable=True)
    known = admits(house(), "knowledge/handbook", remit("none"), usable=True)
    assert unknown.summary.replace("unknown", "handbook") == known.summary
    assert (unknown.rule, unknown.help, unknown.owner) == (known.rule, known.help, known.owner)


def test_a_draft_is_not_searched() -> None:
    assert refusal("triage", "knowledge/draft", usable=False) == "knowledge-not-approved"
