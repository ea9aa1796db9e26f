"""Statements made from documents: in other words but true to them, or with one thing in them changed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from remit.enforce.guardrail.contrast import _OPPOSITES as OPPOSITES
from remit.enforce.guardrail.fact import sentences, tokens

Edit = Callable[[str, random.Random, "Document"], str | None]

SAME = [pair.split("=") for pair in """
said=stated; stated=said; told=informed; about=roughly; approximately=around; also=as well; buy=purchase;
bought=purchased; help=assist; helps=assists; show=demonstrate; shows=demonstrates; showed=demonstrated;
get=obtain; need=require; needs=requires; use=employ; used=employed; make=produce; made=produced; big=large;
begin=start; began=started; ended=finished; end=finish; company=firm; companies=firms; people=persons;
child=kid; children=kids; car=vehicle; house=home; job=position; work=labor; money=funds; problem=issue;
problems=issues; idea=concept; plan=scheme; strong=robust; growth=expansion; results=outcomes;
quarter=three-month period; increase=rise; increased=rose; increasing=rising; decreased=fell; decrease=fall;
declined=dropped; grew=expanded; improve=enhance; improved=enhanced; improvement=progress;
important=significant; significant=considerable; however=nevertheless; because=since; therefore=thus;
many=numerous; quickly=rapidly; very=extremely; happy=glad; think=believe; thinks=believes; talk=speak;
talked=spoke; ask=request; asked=requested; answer=reply; answered=replied; want=wish; wants=wishes;
try=attempt; tried=attempted; keep=retain; give=provide; gave=provided; given=provided; go=travel;
found=discovered; find=discover; decided=resolved; agree=concur; allow=permit; allowed=permitted;
expect=anticipate; expected=anticipated; expects=anticipates; continue=carry on; continued=carried on; full
year=entire year; customers=clients; customer=client; cost=expense; costs=expenses; sales=turnover;
revenue=income; team=group; chance=opportunity; create=build; created=built; reduce=cut; reduced=cut;
law=legislation; rule=regulation; court=tribunal; police=officers; doctor=physician; killed=slain;
attack=assault; near=close to; after=following; before=prior to; during=in the course of; although=though;
while=whereas; like=such as; %= percent; over the past=during the last; in order to=to; due to=because of;
as a result of=because of; despite=in spite of
""".replace("\n", " ").split(";")]  # fmt: skip
CONTRACTED = dict(
    pair.split("=")
    for pair in (
        "do not=don't;does not=doesn't;did not=didn't;is not=isn't;are not=aren't;was not=wasn't;"
        "cannot=can't;will not=won't;we are=we're;it is=it's;we have=we've;I am=I'm;"
        "has not=hasn't;have not=haven't"
    ).split(";")
)
NUMBER_WORDS = dict(
    pair.split("=")
    for pair in "2=two 3=three 4=four 5=five 6=six 7=seven 8=eight 9=nine 10=ten 12=twelve 20=twenty".split()
)


def _listed(text: str) -> list[tuple[str, str]]:
    pairs = [pair.strip().split("=") for pair in text.replace("\n", " ").split(";")]
    return [(one, other) for one, other in pairs]


QUANTITIES = _listed("""
all=some; every=a few; many=few; most=few; some=all; several=no; always=sometimes; usually=rarely;
only=mainly; both=neither of; each=no; often=seldom; nearly all=some; at least=at most; more than=less than;
up to=at least; over=under
""")
SURE = _listed("""
will=might; would=must; may=will; might=will; could=did; can=must; expects to=has decided to; plans to=has
refused to; expect to=have agreed to; should=need not; is=may be; are=could be; was=may have been; has=may
have
""")
CAUSE = """
as a consequence of the weather; because of the new management; in response to public pressure; due to a
change in the law; because customers had asked for it; owing to a shortage of staff; as a result of the
merger; because of rising fuel prices; since the old contract had expired; because the computer system had
failed
""".replace("\n", " ").split(";")
INVENTED = """
which surprised even the experts; after long talks with the unions; and received an award for it; at a
meeting in Geneva; together with a partner in Canada; for the third time in a row; in front of a large
crowd; following advice from an outside consultant; on live television; with the help of volunteers; using a
new kind of software; against the advice of the board
""".replace("\n", " ").split(";")
STRANGERS = """
Northfield;Harborview
Group;Lisbon;Keller;Okafor;Westbrook;Tanaka;Oslo;Nordbank;Pinewood;Marchetti;Alvarez;Kyoto;
Redstone;Belgium;Peru;Halvorsen;Qatar
""".replace("\n", "").split(";")
NOUN_ENDINGS = ("ion", "ment", "ity", "ness", "er", "or", "ist", "ture", "gy", "ance")
AUXILIARY = r"\b(is|are|was|were|will|would|can|could|should|has|have|had|do|does|did|may|might|must)\b"


class Document:
    """A document, its sentences, and what in it could stand in the place of what."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = [text[start:end].strip() for start, end in sentences(text)]
        self.sentences = [one for one in found if 6 <= len(one.split()) <= 60]
        own = [token for one in found for token in tokens(one)]
        self.names = sorted(set(self._names(found)))
        self.numbers = sorted({t.word for t in own if t.kind == "number" and t.word[0].isdigit()})
        words = {token.word for token in own if token.kind == "word" and len(token.word) > 5}
        self.nouns = sorted(word for word in words if word.endswith(NOUN_ENDINGS))

    @staticmethod
    def _names(found: list[str]) -> list[str]:
        named = re.compile(r"(?<=[a-z,] )[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*")
        return [match.group() for one in found for match in named.finditer(one)]


def reworded(text: str, chance: random.Random) -> str:
    """Say the same in other words."""
    for old, new in chance.sample(SAME, len(SAME)):
        if chance.random() < 0.35:
            text = _once(text, old.strip(), new.strip())
    if chance.random() < 0.4:
        for old, new in CONTRACTED.items():
            text = _once(text, old, new)
    if chance.random() < 0.4:
        for old, new in NUMBER_WORDS.items():
            text = re.sub(rf"(?<![\d.,$€£-]){old}(?![\d.,%-])", new, text)
    if chance.random() < 0.4:
        text = re.sub(r",[^,]{3,60},", "", text, count=1)
    return _turned(text, chance)


def _turned(text: str, chance: random.Random) -> str:
    if chance.random() < 0.25:
        text = re.sub(r"\s*\([^)]*\)", "", text)
    if chance.random() < 0.3:
        text = re.sub(r"^(?:And|But|So|Well|Now|Yes|Then|However|Also),? (\w)", lambda m: m[1].upper(), text)
    if chance.random() < 0.3:
        halves = re.match(r"^([^,]{15,90}), ([^,]{20,200})[.]?$", text)
        if halves and not halves[2].startswith(("and", "but", "which", "who", "or")):
            text = f"{halves[2][0].upper()}{halves[2][1:].rstrip('.')} {halves[1][0].lower()}{halves[1][1:]}."
    if chance.random() < 0.3:
        text = re.sub(r"\b(very|really|just|quite|basically|actually|clearly|certainly|again) ", "", text)
    return text


def _once(text: str, old: str, new: str) -> str:
    return re.sub(rf"(?<![\w-]){re.escape(old)}(?![\w-])", new, text, count=1)


def number(text: str, chance: random.Random, document: Document) -> str | None:
    found = list(re.finditer(r"\d+(?:[.,]\d+)*", text))
    if not found:
        return None
    one = chance.choice(found)
    others = [value for value in document.numbers if value != one.group()]
    if others and chance.random() < 0.4:
        new = chance.choice(others)
    else:
        digits = list(one.group())
        at = chance.choice([i for i, char in enumerate(digits) if char.isdigit()])
        digits[at] = chance.choice([d for d in "123456789" if d != digits[at]])
        new = "".join(digits)
    return text[: one.start()] + new + text[one.end() :]


def name(text: str, chance: random.Random, document: Document) -> str | None:
    own = [one for one in document.names if one in text]
    others = [one for one in document.names if one not in text]
    new = chance.choice(others) if others and chance.random() < 0.6 else chance.choice(STRANGERS)
    return text.replace(chance.choice(own), new) if own else None


def swapped(text: str, chance: random.Random, document: Document) -> str | None:
    own = [one for one in document.names if re.search(rf"\b{re.escape(one)}\b", text)]
    if len(own) < 2:
        return None
    one, other = chance.sample(own, 2)
    if one in other or other in one:
        return None
    return text.replace(one, "\0").replace(other, one).replace("\0", other)


def noun(text: str, chance: random.Random, document: Document) -> str | None:
    own = [one for one in document.nouns if re.search(rf"\b{one}\b", text)]
    others = [one for one in document.nouns if one not in text]
    return _once(text, chance.choice(own), chance.choice(others)) if own and others else None


def negated(text: str, chance: random.Random, document: Document) -> str | None:
    without = re.sub(r"\b(not|never) |n['’]t\b", "", text, count=1)
    if without != text:
        return without
    found = list(re.finditer(AUXILIARY, text))
    if found:
        at = chance.choice(found).end()
        return f"{text[:at]} {chance.choice(['not', 'not', 'never'])}{text[at:]}"
    past = list(re.finditer(r"\b(\w{3,}ed)\b", text))
    if not past:
        return None
    one = chance.choice(past)
    return f"{text[: one.start()]}did not {one[1].removesuffix('ed')}{text[one.end() :]}"


def opposite(text: str, chance: random.Random, document: Document) -> str | None:
    found = [(a, b) for a, b in PAIRS if re.search(rf"\b{a}\b", text, re.IGNORECASE)]
    if not found:
        return None
    old, new = chance.choice(found)
    return re.sub(rf"\b{old}\b", new, text, count=1, flags=re.IGNORECASE)


def _pairs() -> list[tuple[str, str]]:
    found = []
    for pair in " ".join(OPPOSITES.split()).split(";"):
        one, other = pair.split()
        for a, b in ((one, other), (other, one)):
            found.append((a, b))
            if not a.endswith(("ly", "er", "st", "ed", "s")):
                found.append((f"{a.removesuffix('e')}ed", f"{b.removesuffix('e')}ed"))
                found.append((f"{a}s", f"{b}s"))
                found.append((f"{a.removesuffix('e')}ing", f"{b.removesuffix('e')}ing"))
    return found


PAIRS = _pairs()


def quantity(text: str, chance: random.Random, document: Document) -> str | None:
    return _replaced(text, chance, QUANTITIES)


def sureness(text: str, chance: random.Random, document: Document) -> str | None:
    return _replaced(text, chance, SURE)


def _replaced(text: str, chance: random.Random, pairs: list[tuple[str, str]]) -> str | None:
    found = [(a, b) for a, b in pairs if re.search(rf"\b{a}\b", text)]
    return _once(text, *chance.choice(found)) if found else None


def cause(text: str, chance: random.Random, document: Document) -> str | None:
    return f"{text.rstrip('.!? ')} {chance.choice(CAUSE).strip()}."


def invented(text: str, chance: random.Random, document: Document) -> str | None:
    return f"{text.rstrip('.!? ')}, {chance.choice(INVENTED).strip()}."


def tail(text: str, chance: random.Random, document: Document) -> str | None:
    """Join the beginning of one sentence with the end of another, so that each word is in the document."""
    other = chance.choice(document.sentences)
    one, two = text.split(), other.split()
    if other == text or len(one) < 8 or len(two) < 8:
        return None
    return " ".join([*one[: len(one) // 2], *two[len(two) // 2 :]])


EDITS: dict[str, Edit] = {
    "number": number, "name": name, "swapped": swapped, "noun": noun, "negated": negated, "opposite":
    opposite, "quantity": quantity, "sureness": sureness, "cause": cause, "invented": invented, "tail":
    tail,
}  # fmt: skip


def statements(texts: list[str], *, seed: int, each: int = 6) -> list[tuple[str, str, str]]:
    """Return (document, statement, edit); the edit of a true statement is empty, and half are true."""
    chance = random.Random(seed)
    made = []
    documents = [Document(text) for text in texts]
    for document in documents:
        if len(document.sentences) < 3:
            continue
        for _ in range(each):
            count = chance.choice([1, 1, 2, 3])
            at = sorted(chance.sample(range(len(document.sentences)), min(count, len(document.sentences))))
            true = [reworded(document.sentences[i], chance) for i in at]
            kinds = chance.sample(list(EDITS), len(EDITS))
            which = chance.randrange(len(true))
            for kind in kinds:
                changed = EDITS[kind](true[which], chance, document)
                if changed and changed != true[which]:
                    edited = [*true[:which], changed, *true[which + 1 :]]
                    made.append((document.text, " ".join(true), ""))
                    made.append((document.text, " ".join(edited), kind))
                    break
    return made
