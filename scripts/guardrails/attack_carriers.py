"""Documents of many forms, such as a tool returns: letters, tables, code, calendars, pages, answers of an interface."""

from __future__ import annotations

import ast
import importlib.util
import json
import random
from pathlib import Path
from typing import Any

import attack_benign
import attack_correspondence
from attack_letters import PARTS
from files import rows
from grammar import expand

KINDS = (
    "wiki", "report", "mail", "yaml", "json", "table", "code", "chat", "html", "mail", "yaml", "manual",
    "thread", "records", "records", "letter", "lines", "abroad", "script",
)  # fmt: skip


class Carriers:
    """Documents of many forms, without end."""

    def __init__(self, data: Path, parts: dict[str, list[str]], chance: random.Random) -> None:
        self.parts, self.chance = parts, chance
        self.contexts = [row["context"] for row in rows(data, "grounding_begin") if len(row["context"]) > 80]
        self.reports = [row["text"] for row in rows(data, "benign_business")]
        self.messages = [row["text"] for row in rows(data, "pii_spans")]
        self.tweets = [row["text"] for row in rows(data, "content_hate_offensive")[3000:]]
        self.manual = manuals()

    def office(self, least: int, most: int, fold: int) -> str:
        count = self.chance.randrange(least, most)
        chance = self.chance
        groups = ("note", "note", "order", "system", "masked")
        said = [
            expand(chance.choice(attack_benign.BUSINESS), self.parts, chance)
            if chance.random() < 0.5
            else attack_correspondence.sentence(chance.choice(groups), fold, chance)
            for _ in range(count)
        ]
        if self.chance.random() < 0.3:
            said.append(self.chance.choice(self.messages))
        self.chance.shuffle(said)
        return " ".join(said)

    def carrier(self, turn: int, fold: int) -> str:
        chance, parts = self.chance, self.parts
        kind = KINDS[turn % len(KINDS)]
        some = range(chance.randrange(1, 6))
        if kind == "wiki":
            return " ".join(chance.sample(self.contexts, len(some)))
        if kind == "report":
            lines = chance.choice(self.reports).split("\n")
            at = chance.randrange(len(lines))
            return "\n".join(lines[at : at + chance.randrange(3, 14)])
        if kind == "mail":
            head = expand("{Subject: {thing} {firm}\nFrom: {who} <{addr}>\n\n|}{hello},\n\n", parts, chance)
            return head + self.office(1, 6, fold) + expand("\n\n{bye}", parts, chance)
        if kind == "yaml":
            item = "- id: '{7|12|301}'\n  sender: {addr}\n  subject: {thing}\n  {body|text|content|description}: "
            return "\n".join(expand(item, parts, chance) + self.office(1, 4, fold) for _ in some)
        if kind == "json":
            items = [
                {"title": expand("{thing} {firm}", parts, chance), "text": self.office(1, 4, fold), "n": n}
                for n in some
            ]
            return json.dumps(items, indent=chance.choice((None, 1)), ensure_ascii=False)
        if kind == "table":
            row = "¦ {who} ¦ {day} ¦ {sum} ¦ {thing} ¦ {firm} ¦"
            return "\n".join(expand(row, parts, chance) for _ in range(chance.randrange(3, 14)))
        if kind == "code":
            made = chance.choices(attack_benign.BUSINESS[16:18], k=len(some))
            return "\n\n".join(expand(template, parts, chance) for template in made)
        if kind == "chat":
            return "\n".join(chance.choice((self.messages, self.tweets))[chance.randrange(900)] for _ in some)
        if kind == "manual":
            return chance.choice(self.manual)
        if kind in WRITTEN:
            return WRITTEN[kind](fold, chance)
        if kind == "records":
            return records(self, fold)
        return (
            "<html><body><p>"
            + self.office(2, 6, fold)
            + "</p><div>"
            + self.office(1, 3, fold)
            + "</div></body></html>"
        )


def lines(fold: int, chance: random.Random) -> str:
    """Write a log, a list of files or what else comes line by line."""
    form = chance.choice(
        (
            "{date} {INFO|WARN|ERROR|DEBUG} {mailer|auth|worker|api}: {sent|queued|could not open|retry} {file} {mail}",
            "-rw-r--r-- 1 {first} staff {120|4096|88213} {date} {file}",
            "{mail} {url} {sum}",
            "{name}\t{mail}\t{phone}\t{date}",
            "{name},{mail},{phone},{sum},{url}",
            "[{date}] {name}: @",
            "{date} {name} {paid|received|refunded} {sum} {for|from} @",
        )
    )
    said = ("note", "order", "system")
    return "\n".join(
        expand(form, PARTS, chance).replace(
            "@", attack_correspondence.sentence(chance.choice(said), fold, chance)
        )
        for _ in range(chance.randrange(2, 14))
    )


def script(fold: int, chance: random.Random) -> str:
    return "\n".join(
        attack_correspondence.sentence("code", fold, chance) for _ in range(chance.randrange(1, 8))
    )


def abroad(fold: int, chance: random.Random) -> str:
    return "\n".join(attack_correspondence.tongue(fold, chance) for _ in range(chance.randrange(1, 6)))


WRITTEN = {
    "thread": attack_correspondence.thread,
    "letter": attack_correspondence.letter,
    "lines": lines,
    "script": script,
    "abroad": abroad,
}
FIELDS = {
    "id": "{1042|7|88-17|0}", "id_": "'{7|12|301}'", "sender": "{mail}", "recipients": "- {mail}\n  - {mail}", "cc": "[]", "subject": "{topic}", "title": "{topic}",
    "name": "{name}", "email": "{mail}", "phone": "{phone}", "url": "{url}", "amount": "{12.5|300|-45.00}", "date": "'2024-05-{15|19|30}'", "start_time": "2024-05-15 {10:00:00|14:30}",
    "status": "{sent|open|closed|delivered}", "read": "{true|false}", "attachments": "[]", "filename": "{file}", "location": "{room 4|12 Mill Lane|online}", "participants": "- {mail}\n  - {mail}",
    "iban": "NL00 BANK 0123 4567 {89|21}", "recurring": "false", "rating": "{4.5|3.9}", "address": "12 Mill Lane", "price": "{sum}", "owner": "{mail}", "size": "'{120|2048}'", "shared_with": "⦃⦄",
}  # fmt: skip
TEXTS = ("body", "text", "content", "description", "note", "review", "message", "comment")


def records(kinds: Carriers, fold: int) -> str:
    """Write what an interface answers: records with the same fields, as YAML, as JSON or bare."""
    chance = kinds.chance
    fields = chance.sample(list(FIELDS), chance.randrange(2, 9))
    said = chance.sample(TEXTS, chance.choice((0, 1, 1, 2)))
    made: list[dict[str, Any]] = []
    for _ in range(chance.randrange(1, 7)):
        row: dict[str, Any] = {key: expand(FIELDS[key], PARTS, chance) for key in fields}
        for key in said:
            row[key] = (
                attack_correspondence.letter(fold, chance)
                if chance.random() < 0.4
                else kinds.office(1, 4, fold)
            )
        made.append(row)
    kind = chance.randrange(4)
    if kind == 0:
        return json.dumps(
            made if len(made) > 1 else made[0], indent=chance.choice((None, 2)), ensure_ascii=False
        )
    if kind == 1:
        return json.dumps({chance.choice(("results", "items", "data", "emails")): made, "next": None})
    if kind == 2:
        return "\n".join(str(row) for row in made)
    return "\n".join("- " + "\n  ".join(f"{key}: {value}" for key, value in row.items()) for row in made)


def manuals() -> list[str]:
    """Take what the standard library says of itself: technical texts full of instructions to people."""
    found = []
    for name in MANUALS:
        tree = ast.parse(Path(str(importlib.util.find_spec(name).origin)).read_text("utf-8"))  # type: ignore[union-attr]
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                said = ast.get_docstring(node)
                if said and len(said) > 60:
                    found.append(said[:1500])
    return found


MANUALS = "argparse ast asyncio.base_events calendar cmd collections configparser contextlib csv datetime decimal difflib doctest email.message enum fractions ftplib functools gettext gzip hashlib heapq html.parser http.client http.cookiejar http.server imaplib inspect ipaddress json logging mailbox mimetypes multiprocessing.pool optparse pathlib pdb pickle pickletools platform pprint pydoc queue random re sched secrets shelve shlex shutil smtplib socket socketserver sqlite3 ssl statistics string subprocess tarfile telnetlib tempfile textwrap threading timeit trace traceback types typing unittest.case unittest.mock urllib.parse urllib.request uuid venv warnings weakref xml.dom.minidom zipfile".split()
