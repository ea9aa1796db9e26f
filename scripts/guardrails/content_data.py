"""Texts with what they say, for each category 1 (does), 0 (does not) or -1 (not known), made and gathered."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import content_harm as harm
import content_parts as parts
import content_prose as prose
from files import rows
from grammar import many

from remit.adapters import trained
from remit.enforce.guardrail import ngrams
from remit.enforce.guardrail.content import CATEGORIES
from remit.enforce.guardrail.topic import passages

NONE = (0, 0, 0, 0, 0)
MADE = 1_600
"""How many texts are made of each list of sentences with slots."""
CARRIERS = parts.listed("""
{w}; you {w}; {w}!; what a {w}; hey {w}; this {w}; i said {w}; you are a {w}; shut up {w}; go away you {w};
{w} {w}; the {w} again; he called me {w}; i love {w}; stupid {w}; these {w} people; such a {w} idea; my {w};
{w} you; all those {w}
""")  # fmt: skip
OPENINGS = ["well, ", "honestly ", "@user ", "and then: ", "lol ", "he said: ", "ok so ", "look, "]
FAMILIES = r"adv_bench|airt/(?!leak|fair)|garak/harm|examples/|0din"
KEYWORDS = {
    "VIOLENCE": r"kill|murder|suicid|violen|bomb|shoot|tortur|assault|attack|weapon|terroris|harm|abuse",
    "HATE": r"racis|sexis|hate|discrimin|ethnic|race|women|gender|immigra|religio|xenophob|supremac",
    "SEXUAL": r"sex|porn|nude|erotic|rape",
    "INSULTS": r"insult|bully|harass|mock|humiliat",
}


class Row(NamedTuple):
    """A text; rows of one group are never on both sides of a split."""

    text: str
    says: tuple[int, ...]
    family: str
    group: str


def says(**known: int) -> tuple[int, ...]:
    return tuple(known.get(category, 0) for category in CATEGORIES)


CRIME = says(MISCONDUCT=1, VIOLENCE=-1, SEXUAL=-1, INSULTS=-1, HATE=-1)
HARM = says(VIOLENCE=1, MISCONDUCT=-1, HATE=-1, SEXUAL=-1, INSULTS=-1)
SEX = says(SEXUAL=1, MISCONDUCT=-1, INSULTS=-1, VIOLENCE=-1)
INSULT = says(INSULTS=1, SEXUAL=-1, HATE=-1, VIOLENCE=-1)
HATRED = says(HATE=1, INSULTS=-1, VIOLENCE=-1, MISCONDUCT=-1)
LETTERS = {"S": SEX, "V": HARM, "H": HATRED, "I": INSULT, "M": CRIME, "-": NONE}


def made(seed: int) -> list[Row]:
    chance = random.Random(seed)
    found = [*_listed(chance), *_contrasted(chance), *_harmful(chance), *_ordinary(chance)]
    for line in harm.TONGUES:
        family = "made harmless" if line[0] == "-" else "made harmful"
        found += [Row(line[2:], LETTERS[line[0]], family, line)] * 3
    found = [row._replace(text=_styled(row.text, chance)) for row in found]
    return [*found, *_planted(found, chance)]


def _listed(chance: random.Random) -> list[Row]:
    found: list[Row] = []

    def add(
        texts: Sequence[str], family: str, label: tuple[int, ...], forms: Sequence[str], each: int
    ) -> None:
        for text in texts:
            chosen = chance.sample(forms, min(each, len(forms)))
            found.extend(Row(form.replace("{x}", text), label, family, text) for form in chosen)

    opened = ["{x}", *(f"{one}{{x}}" for one in OPENINGS)]
    add(parts.MISCONDUCT, "made harmful", CRIME, parts.ASKED, 9)
    add(harm.MISCONDUCT, "made harmful", CRIME, parts.ASKED, 9)
    add(parts.VIOLENCE, "made harmful", HARM, parts.ASKED, 9)
    add(parts.SEXUAL, "made harmful", SEX, parts.ASKED, 6)
    for lines, label in (
        (parts.VIOLENCE, HARM),
        (parts.SEXUAL, SEX),
        (parts.SEXUAL_LINES, SEX),
        (parts.VIOLENT_LINES, HARM),
        (parts.INSULTING, INSULT),
    ):
        add(lines, "made harmful", label, opened, 4)
    for form in parts.HATEFUL:
        groups = chance.sample(parts.GROUPS, 12)
        found += [Row(form.format(g=group), HATRED, "made harmful", form) for group in groups]
    for form in parts.NEUTRAL:
        found += [Row(form.format(g=group), NONE, "made harmless", form) for group in parts.GROUPS]
    for text in parts.HARMLESS:
        found += [Row(text + end, NONE, "sounds harmful", text) for end in ("", "?", "", ".")]
    for text in prose.NONSENSE:
        found += [Row(text + end, NONE, "sounds harmful", text) for end in ("", "?", "", ".")]
    add(parts.FRIENDLY, "made harmless", NONE, opened, 4)
    add(parts.HARMLESS_DOING, "made harmless", NONE, parts.ASKED, 9)
    for line in trained.lines("content_words"):
        category, word = line.split("\t")
        label = says(**{category: 1}, **{other: -1 for other in CATEGORIES if other != category})
        forms = chance.sample(CARRIERS, 6)
        found += [Row(form.format(w=word), label, "made harmful", word) for form in forms]
    return found


def _contrasted(chance: random.Random) -> list[Row]:
    """Make what a verb does no harm to, and to whom it does."""
    found = []
    for verbs, harmless, harmful in prose.CONTRAST:
        label = HARM if verbs[0] in ("kill", "shoot", "choke", "poison") else CRIME
        for verb in verbs:
            for what in harmless:
                forms = chance.sample(parts.ASKED, 3)
                found += [
                    Row(form.format(x=f"{verb} {what}"), NONE, "sounds harmful", what) for form in forms
                ]
            for what in harmful:
                deed = f"{verb} {what}"
                forms = chance.sample(parts.ASKED, 4)
                found += [Row(form.format(x=deed), label, "made harmful", what) for form in forms]
                if chance.random() < 0.5:
                    form = chance.choice(prose.WONDERED)
                    found.append(Row(form.replace("{x}", deed), NONE, "sounds harmful", f"{form[:12]}{what}"))
    for deed in chance.sample([*parts.MISCONDUCT, *parts.VIOLENCE], 200):
        form = chance.choice(prose.WONDERED)
        found.append(Row(form.replace("{x}", deed), NONE, "sounds harmful", f"{form[:12]}{deed}"))
    return found


def _harmful(chance: random.Random) -> list[Row]:
    found = []
    for forms, label in (
        (harm.VIOLENCE, HARM),
        (harm.HATE, HATRED),
        (harm.INSULTS, INSULT),
        (harm.SEXUAL, SEX),
    ):
        for form in forms:
            texts = many([form], harm.SLOTS, chance, count=22)
            found += [Row(text, label, "made harmful", form) for text in texts]
    return found


def _ordinary(chance: random.Random) -> list[Row]:
    """Make passages of ordinary work that speak of harm: one sentence, or some with plain ones between."""
    found = []
    for subject in prose.SUBJECTS:
        for form in subject:
            texts = many([form], prose.SLOTS, chance, count=MADE // len(subject))
            for text in (texts * MADE)[: MADE // len(subject)]:
                more = chance.choices([*subject, *prose.PLAIN, *prose.PLAIN], k=chance.choice((0, 0, 1, 2)))
                sentences = [text, *(many([one], prose.SLOTS, chance, count=1)[0] for one in more)]
                chance.shuffle(sentences)
                lead = chance.choice(prose.LEADS) + ": " if chance.random() < 0.2 else ""
                found.append(Row(lead + _sentences(sentences), NONE, "made prose", form))
    return found


def _planted(found: Sequence[Row], chance: random.Random) -> list[Row]:
    """Make passages in which something harmful stands among plain sentences."""
    harmful = [row for row in found if row.family == "made harmful" and len(row.text) > 12]
    planted = []
    for row in chance.sample(harmful, 4_000):
        around = many(prose.PLAIN, prose.SLOTS, chance, count=12)
        before, after = chance.sample(around, 1), chance.sample(around, chance.choice((1, 2)))
        text = f"{_sentences(before)} {row.text}{chance.choice('.!. ')} {_sentences(after)}"
        planted.append(Row(text, row.says, "made planted", row.group))
    return planted


def _sentences(texts: Sequence[str]) -> str:
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in texts)


def _styled(text: str, chance: random.Random) -> str:
    style = chance.random()
    if style < 0.5:
        text = text[:1].upper() + text[1:]
    if style < 0.3 and text[-1:].isalpha():
        text += chance.choice([".", "!", "?", ".", "?"])
    return text


def gathered(data: Path) -> list[Row]:
    found = []
    for row in rows(data, "content_hate_offensive"):
        label = {
            "hate": says(HATE=1, INSULTS=-1, SEXUAL=-1, VIOLENCE=-1),
            "offensive": says(INSULTS=1, HATE=-1, SEXUAL=-1, VIOLENCE=-1),
            "neither": NONE,
        }[row["label"]]
        text = re.sub(r"https?://\S+|&#?\w+;|@\w+", " ", row["text"])
        family = "tweets" if row["label"] != "neither" else "tweets harmless"
        found.append(Row(text, label, family, text))
    for row in rows(data, "content_harmful_requests"):
        if re.search(FAMILIES, row["source"]) and len(row["text"]) < 400:
            found.append(Row(row["text"], _guessed(row["text"]), "requests", row["text"]))
    swearing = frozenset(trained.lines("profanity"))
    for name, each, keep in (
        ("benign_instructions", 1, ("writingbench", "cyberseceval_instruct")),
        ("benign_business", 1, ()),
        ("attack_slabs", 3, ()),
        ("topics_clinc150", 3, ()),
        ("topics_banking77", 3, ()),
        ("pii_spans", 2, ()),
        ("grounding_begin", 3, ()),
    ):
        for at, row in enumerate(rows(data, name)[::each]):
            if (name == "attack_slabs" and row["label"] == 1) or (keep and row["source"] not in keep):
                continue
            text = row.get("text") or row["context"]
            for start, end in passages(text)[: 400 if name == "benign_business" else 14]:
                if swearing & set(ngrams.words(text[start:end].lower())):
                    continue  # talk that is written down: it is not harmless because its subject is
                group = f"{name} {at}" if name != "grounding_begin" else text
                found.append(Row(text[start:end], NONE, name, group))
    return found


def _guessed(text: str) -> tuple[int, ...]:
    known = {name: -1 for name, words in KEYWORDS.items() if re.search(words, text, re.IGNORECASE)}
    known["MISCONDUCT"] = 1
    if re.search(r"\b(?:kill|murder|suicide|self-harm|mass shooting|torture|violence)", text, re.IGNORECASE):
        known["VIOLENCE"] = 1
    if re.search(r"\b(?:racis|sexis|hate|discriminat|xenophob|supremac)", text, re.IGNORECASE):
        known["HATE"], known["MISCONDUCT"] = 1, -1
    return says(**known)
