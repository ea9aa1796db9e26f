"""The text of a data set: YAML, or JSON line by line, read into cases, with every fault named by its line."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import ValidationError

from remit.decide.evaluation_case import (
    CASES_MAX,
    SCORERS_MAX,
    SOURCES_MAX,
    TURNS_MAX,
    Case,
    DataSet,
    Header,
    Scorer,
    WrittenCase,
)
from remit.decide.evaluation_scorer import attack_scorer, scorer_fault
from remit.declare.declared import Declared
from remit.declare.fault import Fault, faults_in, in_place
from remit.declare.text import SIZE_MAX, Path, Tree, locate, read, refused
from remit.kernel.diagnostic import Diagnostic, Span, in_order

LINE_MAX = 2_000_000
FAULTS_MAX = 50
"""How many faults of a data set are told."""
NAME_MAX = 80
HEADER = "dataset"
"""The one field of the first line of JSON that is no case."""

_SPOKEN = frozenset(("input", "content", "expected", "sources", "must_not", "answer", "variables", "value"))
_D = TypeVar("_D", bound=Declared)

Name = Callable[[bytes], str]
"""Names a case by what it says."""


def read_data_set(
    text: str, file: str, *, name_of: Name, scorers: Sequence[Scorer] = (), adversarial: bool = False
) -> tuple[DataSet | None, tuple[Diagnostic, ...]]:
    """Read a data set, or find what is wrong with it. `scorers` stand in the place of its own for all cases.

    A file whose name ends in `.yaml` or `.yml` is YAML, any other one is JSON line by line.
    """
    if (fault := _unreadable(text, file)) is not None:
        return None, (fault,)
    found = _Found(text, file)
    if found.is_yaml:
        tree, diagnostics = read(text, file)
        if tree is None or diagnostics:
            return None, in_order(diagnostics)
        _read_yaml(found, tree)
    else:
        _read_lines(found)
    if not found.faults and len(found.written) > CASES_MAX:
        help = "split it; more cases than this show nothing more"
        found.fault(CASES_MAX, "file-too-large", f"the data set has more than {CASES_MAX:,} cases", help)
    if found.faults:
        return None, found.told()
    header = found.header
    given = _Given(tuple(scorers) or header.scorers, adversarial or header.adversarial, name_of)
    cases = []
    for at, written in enumerate(found.written):
        if found.is_hopeless:
            break
        cases.append(_case(found, at, written, given))
    _see_whole(found, cases)
    if found.faults:
        return None, found.told()
    name = header.name or file.rpartition("/")[2].rpartition(".")[0][:NAME_MAX] or file[:NAME_MAX]
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    attacks = any(case.attack for case in cases)
    return DataSet(name, digest, tuple(cases), attacks, header.parameters), ()


def _unreadable(text: str, file: str) -> Diagnostic | None:
    if file.endswith((".yaml", ".yml")):
        return refused(text, file)
    if len(text) <= SIZE_MAX:
        return None
    summary = f"the file has {len(text):,} characters; at most {SIZE_MAX:,} are read"
    return Diagnostic(Span(file, 1, 1), "file-too-large", summary, "split it, and evaluate each part")


@dataclass(frozen=True, slots=True)
class _Given:
    """What holds for every case: the set's scorers, whether all are attacks, and how cases are named."""

    scorers: tuple[Scorer, ...]
    adversarial: bool
    name_of: Name


class _Found:
    """What was read of a file so far, and its faults, each with its line in a file of JSON.

    `lines` are those of the cases there.
    """

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.is_yaml = file.endswith((".yaml", ".yml"))
        self.header = Header()
        self.written: list[WrittenCase] = []
        self.lines: list[int] = []
        self.faults: list[tuple[int, Fault]] = []

    @property
    def is_hopeless(self) -> bool:
        return len(self.faults) > FAULTS_MAX

    def fault(self, at: int, code: str, summary: str, help: str) -> None:
        """Note what is wrong with the case that stands at a place."""
        line = self.lines[at] if self.lines else 0
        self.faults.append((line, Fault(self.file, ("cases", at), code, summary, help, at="key")))

    def told(self) -> tuple[Diagnostic, ...]:
        """Give the first faults their places.

        In YAML that is the innermost which stands there as such: a scorer may be one word.
        """
        kept = self.faults[:FAULTS_MAX]
        if not self.is_yaml:
            return tuple(
                Diagnostic(Span(self.file, max(line, 1), 1), each.code, each.summary, each.help)
                for line, each in sorted(kept, key=lambda one: one[0])
            )
        paths = {each.path[:end] for _, each in kept for end in range(len(each.path) + 1)}
        places = locate(self.text, paths)
        placed = []
        for _, each in kept:
            path = each.path
            while path and path not in places:
                path = path[:-1]
            placed.append(replace(each, path=path))
        return in_order(in_place(placed, {self.file: self.text}))


def _read_yaml(found: _Found, tree: Tree) -> None:
    if not isinstance(tree, dict) or not isinstance(tree.get("cases"), list) or not tree["cases"]:
        help = "write a list under `cases:`, and beside it what holds for all of them, such as `scorers:`"
        found.faults.append((0, Fault(found.file, (), "not-a-data-set", "the file has no cases", help)))
        return
    header = {key: each for key, each in tree.items() if key != "cases"}
    found.header = _take(found, 0, header, Header, ()) or found.header
    for at, body in enumerate(tree["cases"][: CASES_MAX + 1]):
        if found.is_hopeless:
            return
        if (written := _take(found, 0, body, WrittenCase, ("cases", at))) is not None:
            found.written.append(written)


def _read_lines(found: _Found) -> None:
    for number, line in enumerate(found.text.split("\n"), 1):
        if found.is_hopeless or len(found.written) > CASES_MAX:
            return
        if not line.strip():
            continue
        body = _json(line) if len(line) <= LINE_MAX else None
        if not isinstance(body, dict):
            summary = "the line is not a JSON object"
            if len(line) > LINE_MAX:
                summary = f"the line has {len(line):,} characters; at most {LINE_MAX:,} are read"
            fault = Fault(found.file, (), "not-a-data-set", summary, "write one case on each line")
            found.faults.append((number, fault))
        elif not found.written and set(body) == {HEADER}:
            found.header = _take(found, number, body[HEADER], Header, (HEADER,)) or found.header
        elif (written := _take(found, number, body, WrittenCase, ("case",))) is not None:
            found.written.append(written)
            found.lines.append(number)
    if not found.written and not found.faults:
        help = "write one on each line"
        found.faults.append((1, Fault(found.file, (), "not-a-data-set", "the file has no cases", help)))


def _json(line: str) -> Any:
    """Read a line as declared text would be: scalars are texts, and no field is given twice."""
    try:
        return _texts(json.loads(line, object_pairs_hook=_once, parse_constant=_no_number), "")
    except (ValueError, RecursionError):
        return None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _no_number(text: str) -> Any:
    raise ValueError


def _texts(value: Any, field: str) -> Any:
    """Turn scalars into texts; what is expected as JSON, and a schema, stay JSON as one text."""
    if isinstance(value, dict | list) and field in ("expected", "value"):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return {key: _texts(each, key) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_texts(each, "") for each in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _take(found: _Found, line: int, body: Any, kind: type[_D], path: Path) -> _D | None:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        faults = faults_in(error, found.file, path, kind=kind)
        found.faults += [(line, _unspoken(each)) for each in faults]
        return None


def _unspoken(fault: Fault) -> Fault:
    """Leave out of a fault what a case says: only what it is called is told."""
    field = next((part for part in reversed(fault.path) if part in _SPOKEN), None)
    if field is None or fault.code != "invalid-value":
        return fault
    return Fault(fault.file, fault.path, fault.code, f"`{field}` cannot be read", fault.help, at=fault.at)


def _case(found: _Found, at: int, written: WrittenCase, given: _Given) -> Case:
    attack = written.attack or given.adversarial
    scorers = written.scorers or given.scorers
    if written.must_not:
        scorers = (*scorers, attack_scorer())
    case = Case(
        id=written.id or given.name_of(written.model_dump_json(exclude={"id"}).encode()),
        line=found.lines[at] if found.lines else at + 1,
        messages=written.input,
        variables=written.variables,
        expected=written.expected,
        sources=written.sources,
        attack=attack,
        must_not=written.must_not,
        scorers=scorers,
        answer=written.answer,
    )
    _see_sound(found, at, case)
    return case


def _see_sound(found: _Found, at: int, case: Case) -> None:
    """Note what keeps a case from being asked or scored."""
    if not case.messages and not case.variables and case.answer is None:
        help = "give it `input:`, or `variables:` for a prompt"
        found.fault(at, "case-unsound", "the case asks nothing", help)
    if not case.scorers:
        help = "give it `scorers:`, the whole set some, or name them with `--score`"
        if case.attack:
            help = "say in `must_not:` what no answer may hold, or give it `scorers:`"
        found.fault(at, "case-unsound", "nothing scores the case", help)
    most = ((case.messages, TURNS_MAX), (case.sources, SOURCES_MAX), (case.scorers, SCORERS_MAX))
    for (items, limit), name in zip(most, ("input", "sources", "scorers"), strict=True):
        if len(items) > limit:
            summary = f"`{name}` has {len(items):,} items; at most {limit} are read"
            found.fault(at, "case-unsound", summary, "split it")
    labels = [scorer.label for scorer in case.scorers]
    if len(set(labels)) < len(labels):
        help = "give one of them another `name:`"
        found.fault(at, "scorer-unsound", "two scorers have the same name", help)
    for scorer in case.scorers:
        if (fault := scorer_fault(scorer, case)) is not None:
            found.fault(at, "scorer-unsound", *fault)


def _see_whole(found: _Found, cases: list[Case]) -> None:
    """See that cases differ, by id and by what they ask and expect, and that attacks are not among others.

    The same question under two ids would count twice, and make one surer than one is.
    """
    first: dict[str, int] = {}
    asked: dict[tuple[object, ...], str] = {}
    for at, case in enumerate(cases):
        if first.setdefault(case.id, at) != at:
            help = "give each case an `id:` of its own, and leave out what stands there twice"
            found.fault(at, "repeated-case", f"a second case is called `{case.id}`", help)
        elif (other := asked.setdefault(_asks(case), case.id)) != case.id:
            help = f"keep one; what is scored twice of it stands in the `scorers:` of `{other}`"
            found.fault(
                at,
                "repeated-case",
                f"`{case.id}` asks and expects the same as `{other}`, and counts once",
                help,
            )
        elif case.attack != cases[0].attack:
            help = "keep attacks in a data set of their own: what their share means is another thing"
            found.fault(at, "case-unsound", "attacks and other cases stand in one data set", help)
            break


def _asks(case: Case) -> tuple[object, ...]:
    """Say what a case asks and expects; how its words are spaced makes no other case of it."""
    return (
        tuple((turn.role, _spaced(turn.content)) for turn in case.messages),
        tuple(sorted((name, _spaced(value)) for name, value in case.variables.items())),
        tuple(map(_spaced, case.sources)),
        None if case.expected is None else _spaced(case.expected),
        case.answer,
    )


def _spaced(text: str) -> str:
    return " ".join(text.split())
