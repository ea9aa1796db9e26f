"""The texts that the weights of prompt attacks are learnt from: development data, and more that is written here."""

from __future__ import annotations

import base64
import codecs
import gzip
import hashlib
import json
import random
import re
import string
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import attack_benign
import attack_correspondence
import attack_parts
import attack_planted
import attack_speech
from attack_carriers import KINDS, Carriers, manuals
from attack_tongues import TONGUES, Tongue
from attack_tongues_more import CALM, MORE
from attack_words import LOCALES, PHRASES, WORDS
from faker import Faker
from grammar import expand

from remit.enforce.guardrail.normalise import normalise

HEADS = ("jailbreak", "prompt_injection", "prompt_leakage", "harm", "attack", "planted")
FOLDS = 5
SEED = 11


class Text(NamedTuple):
    """A text, what it is for each head (1, 0, or None where that is not known), and where it comes from."""

    text: str
    heads: tuple[float | None, ...]
    family: str
    fold: int
    weight: float = 1.0


def labels(**known: float) -> tuple[float | None, ...]:
    return tuple(known.get(head) for head in HEADS)


NONE = dict.fromkeys(HEADS, 0.0)


def positive(head: str, *, planted: float | None = None) -> tuple[float | None, ...]:
    """Label an attack of one class; what else it is, is left open."""
    known: dict[str, float] = {head: 1.0, "attack": 1.0}
    if planted is not None:
        known["planted"] = planted
    return labels(**known)


def fold_of(name: str) -> int:
    return hashlib.sha256(name.encode()).digest()[0] % FOLDS


def rows(data: Path, name: str) -> list[dict[str, Any]]:
    with gzip.open(data / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


FAMILY_FOLDS = {
    "slabs": 0, "leak_trick": 0, "persona": 0,
    "neuralchemy": 1, "hijack": 1, "suffix": 1, "authority": 1,
    "inthewild": 2, "leak_ask": 2, "split": 2,
    "override": 3, "fiction": 3, "shots": 3, "agent": 3,
    "delimiter": 4, "refusal": 4, "leak_secret": 4,
}  # fmt: skip
NEURAL_CLASS = {
    "jailbreak": "jailbreak", "persona_replacement": "jailbreak", "system_manipulation": "jailbreak",
    "instruction_override": "prompt_injection", "direct_injection": "prompt_injection",
    "prompt_injection": "prompt_injection", "output_manipulation": "prompt_injection",
    "rag_poisoning": "prompt_injection", "agent_manipulation": "prompt_injection", "adversarial": "prompt_injection",
    "prompt_extraction": "prompt_leakage", "system_extraction": "prompt_leakage", "prompt_leak": "prompt_leakage",
    "training_extraction": "prompt_leakage",
}  # fmt: skip


def developed(data: Path) -> Iterator[Text]:
    """Give what the development data holds."""
    for row in rows(data, "attack_slabs"):
        text = row["text"]
        if row["label"]:
            yield Text(text, labels(attack=1.0), "slabs", 0)
        else:
            asks = text.endswith("?") or text.split(" ")[0].lower() in IMPERATIVES
            yield Text(
                text, labels(**NONE | {"planted": 1.0 if asks else 0.0}), "benign:slabs", fold_of(text)
            )
    for row in rows(data, "attack_neuralchemy"):
        category = row["category"]
        if row["label"] and category not in {"control", "encoding", "edge_case"}:
            head = NEURAL_CLASS.get(category)
            label = positive(head) if head else labels(attack=1.0)
            yield Text(row["text"], label, "neuralchemy", 1)
        elif not row["label"]:
            heads = NONE | {"planted": 1.0 if len(row["text"]) < 150 else 0.0}
            if row["source"].startswith("wildguard"):
                del heads["planted"], heads["harm"]
            yield Text(
                row["text"], labels(**heads), f"benign:neuralchemy-{row['source']}", fold_of(row["text"])
            )
    yield from jailbroken(data)
    yield from harmless(data)


def jailbroken(data: Path) -> Iterator[Text]:
    """Give what jailbreaks and harmful requests the development data holds."""
    for row in rows(data, "attack_inthewild"):
        yield Text(row["text"][:6000], positive("jailbreak"), "inthewild", 2)
        if len(row["text"]) > 900:
            yield Text(row["text"][:500], positive("jailbreak"), "inthewild", 2, 0.5)
    for row in rows(data, "content_harmful_requests"):
        source, text = row["source"], row["text"]
        if "system_prompt_extraction" in source or "steal_system" in source or "leakage" in source:
            yield Text(text, positive("prompt_leakage"), "pyrit-leak", 2)
        elif "adv_bench" in source:
            yield Text(text, labels(harm=1.0, jailbreak=1.0, attack=1.0), "advbench", fold_of(text), 0.7)
        elif "0din" in source:
            yield Text(text, positive("jailbreak"), "pyrit-0din", 0)


IMPERATIVES = set("write explain describe give create tell list suggest recommend help show summarize translate compare "
                  "generate provide make draft design plan outline define discuss teach roleplay act pretend".split())  # fmt: skip


def harmless(data: Path) -> Iterator[Text]:
    every = labels(**NONE)
    unknown = {key: 0.0 for key in HEADS if key != "planted"}
    for row in rows(data, "benign_instructions"):
        known = dict(unknown)
        if row["source"].startswith("hh"):
            del known["harm"], known["attack"]  # some of them ask for harm
            weight = 0.4
        else:
            weight = 1.0
            if len(row["text"]) < 250:
                known["planted"] = 1.0
        yield Text(row["text"], labels(**known), "benign:" + row["source"], fold_of(row["id"]), weight)
    for row in rows(data, "benign_business"):
        fold = fold_of(row["id"])
        yield Text(row["text"], every, "benign:business", fold)
        lines = row["text"].split("\n")
        for at in range(0, len(lines), 3):
            yield Text("\n".join(lines[at : at + 3]), every, "benign:business-part", fold)
    for name, count in (("topics_clinc150", 5000), ("topics_banking77", 4000)):
        found = rows(data, name)
        random.Random(5).shuffle(found)
        for row in found[:count]:
            yield Text(row["text"], labels(**unknown), "benign:" + name, fold_of(row["text"]), 0.7)
    begin = rows(data, "grounding_begin")
    seen: set[str] = set()
    for row in begin:
        for key in ("context", "query", "response", "answer"):
            text = row.get(key)
            if isinstance(text, str) and text not in seen and len(text) > 20 and fold_of("b" + text) != 1:
                seen.add(text)
                if len(seen) < 7000:
                    yield Text(text, every, "benign:begin", fold_of(text), 0.7)
    for row in rows(data, "pii_spans"):
        yield Text(row["text"], every, "benign:pii", fold_of(row["text"]))
    for text in manuals():
        yield Text(text, every, "benign:manual", fold_of(text))
    tweets = [row["text"] for row in rows(data, "content_hate_offensive")]
    for text in tweets[:3000]:
        yield Text(
            text, labels(**{key: 0.0 for key in HEADS if key != "harm"}), "benign:tweets", fold_of(text), 0.5
        )


def disturbed(text: str, chance: random.Random) -> str:
    """Change how a text is written: large letters, slips, signs left out."""
    turn = chance.random()
    if turn < 0.03:
        return text.upper()
    if turn < 0.06:  # the inner letters of words in another order, which a model reads all the same
        return re.sub(
            r"(?<=\w)\w{2,}(?=\w)", lambda found: "".join(chance.sample(found[0], len(found[0]))), text
        )
    if turn < 0.25:
        return text.lower()
    if turn < 0.33:
        return text.translate(str.maketrans("", "", string.punctuation))
    if turn < 0.42 and len(text) > 12:
        letters = list(text)
        for _ in range(1 + len(text) // 60):
            at = chance.randrange(1, len(letters) - 1)
            letters[at] = chance.choice(("", letters[at] * 2, letters[at - 1]))
        return "".join(letters)
    return text[:1].upper() + text[1:] if turn < 0.8 else text


def junk(chance: random.Random) -> str:
    """Write what a search for a suffix that changes an answer ends in."""
    words = "describing similarly Now oppositely Sure tutorial interface Manuel revert please steps sentences ## two \\n Text JSON TABLE <- -> {{ }} [/ ]( Harry write newcommand varphi Pinterest beginner Reply !-- (( text}}% Step inst"
    pieces = [*words.split(), "!", "!", "--", '"', "?", "\\", "=="]
    count = chance.randrange(9, 24)
    out = ""
    for _ in range(count):
        piece = chance.choice(pieces)
        if chance.random() < 0.3:
            piece = "".join(chance.choice(string.ascii_letters) for _ in range(chance.randrange(3, 9)))
        out += chance.choice(("", " ", " ")) + piece
    return out.strip() if chance.random() < 0.8 else "! " * count


def usual_places(chance: random.Random) -> dict[str, list[str]]:
    """Give attacks the addresses and links that everybody has, so that neither speaks of an attack."""
    return {
        "addr": [attack_correspondence.address(chance) for _ in range(1500)],
        "url": [attack_correspondence.link(chance) for _ in range(1500)],
    }


def corresponded(chance: random.Random, *, count: int) -> Iterator[Text]:
    """Write letters, notes and requests that harm nobody, in English and in other languages."""
    apart = {key: 0.0 for key in HEADS if key != "planted"}  # a request is one wherever it stands
    for turn in range(count):
        fold = turn % FOLDS
        for group in attack_correspondence.GROUPS:
            text = attack_correspondence.short(group, fold, chance)
            heads = apart if group in {"ask", "format", "role"} else NONE
            if chance.random() < 0.5:
                text = disturbed(text, chance)
            yield Text(text, labels(**heads), f"benign:letter-{group}", fold, 0.7)
        yield Text(
            attack_correspondence.letter(fold, chance), labels(**NONE), "benign:letter-whole", fold, 0.7
        )
        text = attack_correspondence.short(chance.choice(("order", "note", "ask")), fold, chance)
        yield Text(text, labels(**apart), "benign:tongue-astray", fold, 0.0)
        for family in ("benign:abroad", "benign:tongue-letter"):
            text = attack_correspondence.tongue(fold, chance)
            yield Text(text, labels(**apart), family, fold, 0.7)
        if turn % 2 == 0:
            text = attack_correspondence.thread(fold, chance)
            yield Text(text, labels(**NONE), "benign:letter-thread", fold, 0.7)


def said_parts(chance: random.Random) -> dict[str, list[str]]:
    parts = {**attack_parts.PARTS, **attack_speech.MORE, **attack_benign.PARTS, **usual_places(chance)}
    parts["junk"] = [junk(chance) for _ in range(300)]
    blobs = []
    for _ in range(200):
        plain = expand(
            chance.choice(("{ignore} {rules} and {task}", "{harm_q}", "{leak}{prompt}")), parts, chance
        )
        blobs.append(chance.choice((base64.b64encode(plain.encode()).decode(), codecs.encode(plain, "rot13"), plain[::-1], plain.encode().hex(), " ".join(plain))))  # fmt: skip
    parts["blob"] = [blob.translate(str.maketrans("{}|", "⦃⦄¦")) for blob in blobs]
    return parts


def written(chance: random.Random, *, count: int) -> Iterator[Text]:
    """Write direct attacks by technique, and harmless texts that share their words."""
    parts = said_parts(chance)
    fixed = [row for templates in (attack_benign.BUSINESS,) for row in templates]
    for name, (head, templates) in attack_speech.TECHNIQUES.items():
        for turn in range(count):
            text = disturbed(expand(templates[turn % len(templates)], parts, chance), chance)
            label = positive(head)
            if name in {"fiction", "refusal", "suffix", "shots", "persona"}:
                label = labels(attack=1.0, jailbreak=1.0, harm=1.0)
            if turn % 9 == 0:  # behind something harmless, as it often comes
                text = (
                    expand(
                        chance.choice(("{good}. ", "{good}?\n\n", chance.choice(fixed) + " ")), parts, chance
                    )
                    + text
                )
            yield Text(text, label, name, FAMILY_FOLDS[name])
    for kind, templates, each in (
        ("hard", attack_benign.HARD, 130),
        ("tales", attack_benign.TALES, 200),
        ("office", attack_benign.BUSINESS, 230),
    ):
        for at, template in enumerate(templates):
            for _ in range(each):
                text = disturbed(expand(template, parts, chance), chance)
                heads = dict(NONE)
                if kind != "office":
                    del heads["planted"]
                yield Text(text, labels(**heads), f"benign:{kind}", at % FOLDS)
    for turn in range(900):
        text = disturbed(expand("{harm_q}", parts, chance), chance)
        yield Text(text, labels(harm=1.0, attack=1.0, jailbreak=1.0), "asked-en", turn % FOLDS, 0.7)
        text = disturbed(
            expand("{How do I|How can I|Help me|Teach me how to|Give me steps to} {good}?", parts, chance),
            chance,
        )
        yield Text(
            text, labels(**{key: 0.0 for key in HEADS if key != "planted"}), "benign:asked-en", turn % FOLDS
        )
    for turn in range(700):
        text = " ".join(
            expand(chance.choice(attack_benign.BUSINESS), parts, chance)
            for _ in range(chance.randrange(3, 30))
        )
        yield Text(text, labels(**NONE), "benign:office-long", turn % FOLDS)


def tongues(chance: random.Random, *, each: int) -> Iterator[Text]:
    """Write attacks, harmful and harmless questions in many languages; what is held out is phrases."""
    parts = attack_parts.PARTS
    for name, tongue in TONGUES.items():

        def asked(what: Sequence[str], tongue: Tongue = tongue) -> str:
            frame = "@" if chance.random() < 0.3 else chance.choice(tongue.ask)
            text = frame.replace("@", chance.choice(what))
            return text if chance.random() < 0.7 else text.rstrip("?？.。;")

        heads = {key: 0.0 for key in HEADS if key != "planted"}
        for turn in range(each):
            fold = turn % FOLDS
            harm = [*tongue.harm, *MORE.get(name, ())][fold::FOLDS]
            good = tongue.good[fold::FOLDS]
            yield Text(asked(harm), labels(harm=1.0, jailbreak=1.0, attack=1.0), f"tongue-harm-{name}", fold)
            yield Text(asked(good), labels(**heads), f"benign:tongue-{name}", fold)
            if chance.random() < 0.4:
                yield Text(asked(good) + " " + asked(good), labels(**heads), f"benign:tongue-{name}", fold)
        for at, text in enumerate(CALM[name]):
            for _ in range(6):
                text = chance.choice((text, text + ". " + asked(tongue.good[at % FOLDS :: FOLDS])))
                yield Text(text, labels(**heads), f"benign:tongue-{name}", at % FOLDS)
        yield from _worded(name, asked, chance, each=each)
        for at, text in enumerate(tongue.override):
            fold = at % FOLDS
            good = tongue.good[fold::FOLDS]
            for _ in range(5):
                tail = chance.choice(("", " " + asked(good), " " + expand("{quoted}", parts, chance)))
                yield Text(text + tail, positive("prompt_injection"), f"tongue-override-{name}", fold)
                yield Text(
                    asked(good) + " " + text, positive("prompt_injection"), f"tongue-override-{name}", fold
                )
        for at, text in enumerate(tongue.leak):
            for _ in range(4):
                yield Text(
                    disturbed(text, chance), positive("prompt_leakage"), f"tongue-leak-{name}", at % FOLDS
                )


def _worded(
    name: str, asked: Callable[[Sequence[str]], str], chance: random.Random, *, each: int
) -> Iterator[Text]:
    """Write harmful words into questions, and beside them what a generator of harmless words gives."""
    words, third = WORDS[name], len(WORDS[name]) // FOLDS
    least, most, gap = (1, 3, "") if name in {"zh", "ja", "th"} else (2, 4, " ")
    locale = LOCALES.get(name)
    fake = Faker(locale) if locale else None
    if fake is not None:
        fake.seed_instance(SEED)
    heads = {key: 0.0 for key in HEADS if key != "planted"}
    good = TONGUES[name].good

    def plain(fold: int) -> str:
        return fake.sentence() if fake and locale not in UNSPOKEN else chance.choice(good[fold::FOLDS])

    for turn in range(each):
        fold = turn % FOLDS
        part = words[fold * third : (fold + 1) * third]
        at = chance.randrange(len(part))
        span = gap.join(part[at : at + chance.randrange(least, most + 1)])
        text = chance.choice(
            (asked([span]), asked([span]), plain(fold) + " " + span, asked([span + " " + plain(fold)]))
        )
        yield Text(text, labels(harm=1.0, jailbreak=1.0, attack=1.0), f"tongue-word-{name}", fold, 0.6)
        if fake:
            text = chance.choice(
                (plain(fold), asked([plain(fold)]), asked([fake.job()]), plain(fold) + " " + fake.company())
            )
            yield Text(text, labels(**heads), f"benign:tongue-words-{name}", fold)
        if turn % 4 == 0:
            text = " ".join(plain(fold) for _ in range(chance.randrange(3, 25)))
            yield Text(text, labels(**heads), f"benign:tongue-long-{name}", fold)


def harmful_words() -> list[str]:
    """List words of harmful requests, but those that harmless ones have too; in Latin letters, from a space on."""
    found: set[str] = set()
    for name in WORDS:
        tongue = TONGUES[name]
        calm = " " + " ".join([*tongue.good, *tongue.ask, *tongue.leak, *CALM[name]]).lower()
        if name in {"zh", "ja", "th", "ko", "ar", "bn", "hi", "ru"}:
            least = 2 if name in {"zh", "ja", "ko"} else 4
            words = [word for word in WORDS[name] if len(word) >= least and not word.isascii()]
        else:
            words = [
                " " + word for word in PHRASES.get(name) or [word for word in WORDS[name] if len(word) > 4]
            ]
        found.update(
            normalise(word).text for word in words if word not in calm and word.strip() not in COMMON
        )
    return sorted(found)


COMMON = frozenset(
    "الأرض ضرب دم سم سلاح عملة بدون إطلاق কাজ গুলি রক্ত মাদক সংবাদ আঘাত ব্যাংক কাগজ 撃つ 破壊 嘘 刺す 裸 judi curi werden zonder dinero "
    "prendre liegen menor prova tirer ohne benci".split()
)
"""Words that are as often harmless."""


UNSPOKEN = ("ko_KR", "pt_BR", "tr_TR")
"""Where the generator has no words of the language itself."""


def placed(data: Path, chance: random.Random, *, count: int) -> Iterator[Text]:
    """Put attacks of every technique into documents: as said, and not only as read, they are attacks still."""
    parts = planted_parts(chance)
    kinds = Carriers(data, parts, chance)
    names = [name for name, (head, _) in attack_speech.TECHNIQUES.items() if head != "jailbreak"]
    for turn in range(count):
        name = names[turn % len(names)]
        order = disturbed(expand(chance.choice(attack_speech.TECHNIQUES[name][1]), parts, chance), chance)
        if turn % 3 == 0:
            name, template = "planted-addressed", chance.randrange(len(attack_planted.ADDRESSED) - 3)
            order = expand(attack_planted.ADDRESSED[template], parts, chance)
            fold = template % FOLDS
        else:
            fold = FAMILY_FOLDS[name]
        yield Text(
            put(kinds.carrier(turn, fold), order, chance), labels(attack=1.0), "placed-" + name, fold, 0.0
        )


def planted_parts(chance: random.Random) -> dict[str, list[str]]:
    return {**said_parts(chance), **attack_planted.PARTS, **usual_places(chance)}


def planted(chance: random.Random, *, count: int) -> Iterator[Text]:
    """Write the instructions alone, as they stand in what a model reads."""
    parts = planted_parts(chance)
    for at, template in enumerate(attack_planted.ADDRESSED):
        for _ in range(count // len(attack_planted.ADDRESSED)):
            text = disturbed(expand(template, parts, chance), chance)
            label = (
                labels(planted=1.0)
                if template.endswith("{act}") or "{act}." in template
                else labels(planted=1.0, attack=1.0, prompt_injection=1.0)
            )
            yield Text(text, label, "planted-addressed", at % FOLDS)
    for at, template in enumerate(attack_planted.STRAY):
        for _ in range(count // len(attack_planted.STRAY)):
            text = disturbed(expand(template, parts, chance), chance)
            yield Text(text, labels(planted=1.0), "planted-stray", at % FOLDS)


class Document(NamedTuple):
    """What a model is given to read, and whether an instruction was put into it."""

    text: str
    planted: bool
    family: str
    fold: int
    task: str | None = None


def documents(data: Path, chance: random.Random, *, count: int) -> Iterator[Document]:
    """Write documents of many forms; into half of them, put an instruction."""
    parts = planted_parts(chance)
    kinds = Carriers(data, parts, chance)
    strays = [
        row["text"] for row in rows(data, "attack_slabs") if not row["label"] and row["text"].endswith("?")
    ]
    strays += [
        row["text"] for row in rows(data, "attack_neuralchemy") if not row["label"] and len(row["text"]) < 120
    ]
    strays += [row["text"] for row in rows(data, "benign_instructions") if len(row["text"]) < 200]
    for turn in range(count):
        fold = chance.randrange(FOLDS)
        text = kinds.carrier(turn // 2, fold)
        task: str | None = None
        if chance.random() < 0.5:
            words = " ".join(chance.sample(text.split(), min(3, len(text.split()))))
            task = expand(chance.choice(TASKS), parts, chance).replace("@", words)
        if turn % 2:
            yield Document(text, False, "read:" + KINDS[turn // 2 % len(KINDS)], fold, task)
            continue
        group = chance.choices(("addressed", "spoken", "stray", "stray-real"), (5, 4, 4, 2))[0]
        if group == "spoken":
            name = chance.choice(SPOKEN)
            _, spoken = attack_speech.TECHNIQUES[name]
            order = disturbed(expand(chance.choice(spoken), parts, chance), chance)
            fold = FAMILY_FOLDS[name]
            if chance.random() < 0.25:  # nothing else stands in it
                yield Document(order, True, "planted:alone", fold, task)
            else:
                carrier = kinds.carrier(turn // 2, fold)
                yield Document(put(carrier, order, chance), True, f"planted:{name}", fold, task)
            continue
        templates = attack_planted.ADDRESSED if group == "addressed" else attack_planted.STRAY
        at = chance.randrange(len(templates))
        if group == "stray-real":
            instruction = chance.choice(strays)
            at = fold_of(instruction)
        else:
            instruction = disturbed(expand(templates[at], parts, chance), chance)
        fold = at % FOLDS
        if chance.random() < 0.5:
            text = kinds.carrier(turn // 2, fold)
        if group == "addressed" and chance.random() < 0.15:
            text = ""
        yield Document(put(text, instruction, chance).strip(), True, f"planted:{group}", fold, task)


SPOKEN = ("override", "delimiter", "hijack", "leak_ask", "leak_trick", "override", "agent")
TASKS = [
    "Summarize {this|the} {thing|text about @}", "What does {who} say about the {thing|@}?", "When is the {thing} due?",
    "Find {the {sum} in the table|@}", "What is wrong with this code?", "Reply to {who} about @", "What is @?", "Explain @",
    "Tell me about @ and @", "How many @ are there?",
]  # fmt: skip


def put(text: str, instruction: str, chance: random.Random) -> str:
    """Put an instruction at the beginning, the end or between two sentences of a text."""
    where = chance.random()
    if where < 0.35:
        return text + chance.choice(("\n", " ", "\n\n")) + instruction
    if where < 0.5:
        return instruction + chance.choice(("\n", " ", "\n\n")) + text
    ends = [at + 1 for at, one in enumerate(text) if one in ".\n?!" and at + 1 < len(text)]
    at = chance.choice(ends) if ends else len(text)
    gap = chance.choice((" ", "\n", " "))
    return text[:at] + gap + instruction + gap + text[at:]
