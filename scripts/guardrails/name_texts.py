"""Sentences with people's names and with what looks like them, filled from Faker's locales."""

from __future__ import annotations

import random
import re
from functools import cache
from typing import NamedTuple

from faker import Faker

LOCALES = (
    "en_US en_GB en_IN en_AU en_CA en_NZ de_DE de_AT de_CH fr_FR fr_CA es_ES es_MX es_CO it_IT nl_NL pt_BR "
    "pt_PT "
    "pl_PL sv_SE da_DK no_NO fi_FI cs_CZ sk_SK hu_HU ro_RO tr_TR hr_HR sl_SI lt_LT lv_LV et_EE en_PH id_ID "
    "vi_VN"
).split()

TEMPLATES = """
My name is {n}.
My name is {n} and I would like to open an account.
I'm {n}, calling about invoice {k}.
Hi, this is {n} from {o}.
Dear {n},\\n\\nThank you for your letter of {m} 3.
Hello {g}, how are you?
Hi {g},\\nthe report is ready.
Best regards,\\n{n}
Kind regards\\n{n}\\n{t}
{T} {f} will see you at 10.
Please ask {T} {n} to call back.
The meeting with {n} and {n} was moved to {d}.
{n} ({e}) wrote to us.
From: {n} <{e}>
Name: {n}\\nCity: {c}
Full name: {n}
Patient: {n}, born 3/4/1971
Customer: {n}\\nOrder: {k}
Contact: {n}, {o}
cc: {n}; {n}
Attendees: {n}, {n}, {n}
According to {n}, the project is late.
"We are late," said {n}, {t} of {o}.
{n} joined {o} as {t} in {m}.
{n}'s laptop was stolen in {c}.
{g}'s manager is {n}.
I spoke to {g} on {d}.
Tell {g} that {g} is waiting.
Did {g} and {g} agree?
{g} asked {g} to help.
We hired {g} {f} last {m}.
{n} lives in {c}.
{n} moved to {c} with {g}.
The claim of {n} was refused.
Policy holder {n} reports water damage.
Beneficiary: {n}
Please transfer 200 to {n}.
my colleague {n} can confirm
signed by {n} on {d}
{f}, {g}
{n}, {t}
{n}
 {t}
 {o}
Interview with {n}
{n} wrote:
{n} has left {o}.
{n} is our new {t}.
Ask {g} about it.
Thanks, {g}!
Thanks {g}
@ {n}: please check
Mein Name ist {n}.
Sehr geehrte Frau {f},
Sehr geehrter Herr {f},
Hallo {g}, hier ist {n}.
Frau {n} wohnt in {c}.
Der Kunde {n} hat angerufen.
Mit freundlichen Grüßen\\n{n}
Ansprechpartner: {n}
Je m'appelle {n}.
Bonjour {g},
Madame {f} a appelé.
M. {f} est absent.
Le client {n} habite à {c}.
Cordialement,\\n{n}
Nom : {n}
Monsieur {n} demande un remboursement.
Me llamo {n}.
Hola {g}, ¿cómo estás?
El señor {f} llamó ayer.
La cliente {n} vive en {c}.
Saludos,\\n{n}
Nombre: {n}
Estimada {g} {f}:
Mi chiamo {n}.
Ciao {g},
Il signor {f} ha chiamato.
Il cliente {n} abita a {c}.
Cordiali saluti,\\n{n}
Nome: {n}
Mijn naam is {n}.
Beste {g},
Mevrouw {f} heeft gebeld.
Met vriendelijke groet,\\n{n}
Meu nome é {n}.
Olá {g}, tudo bem?
O cliente {n} mora em {c}.
Nazywam się {n}.
Pan {f} dzwonił.
Jag heter {n}.
Hej {g},
{o} opened an office in {c}.
The {p} costs less than the {p}.
{d} is the deadline, not {d}.
In {m}, {o} bought {o}.
{c} and {c} are cheaper than {c}.
The {t} of {o} declined to comment.
Open {P} and choose {P}.
See Chapter {k}, {P} and {P}.
Our {p} supports {P}.
Terms And Conditions Apply
Monthly Report For {m}
Order {k} was sent to {c} by {o}.
The {P} Act was passed in {m}.
{P} is a feature of {p}.
Click {P}, then {P}.
Deploy {P} to {c} on {d}.
The {o} {p} card has no fee.
Welcome to {o}! How can we help?
Your {p} order ships from {c}.
Das {P} von {o} ist neu.
La sede de {o} está en {c}.
Le siège de {o} est à {c}.
{o}, {c}
Visit {c} in {m}.
{p}: {P}
How do I reset my {P} on {p}?
Summary\\n{P}\\n{P}\\n{o}
{P} {P} {P}
Error in {P}: {P} not found
The University of {c} and the {c} Museum
{c} Airport, {c} Street, Lake {c}
Is there a {c} branch?
Write a poem about {m} in {c}.
Translate this into {l}.
She speaks {l} and {l}.
Many {l} speakers live in {c}.
{o} v. {o}
{n} v. {o}
Explain {P} to a child.
The {f} Foundation supports {P}.
{f} & {f} LLP won the case.
{f} Ltd. delivers to {c}.
{n} sent {n} a {p}.
{n} told {g} about {o}.
author: {n}
by {n}, {o}
{g} is late again
is {g} there?
call {g} please
i met {n} in {c}
{n} is travelling to {c} on {d}
our {t}, {n}, will answer
{T} {f} called {T} {f}
NAME: {N}
{N} - {t}
Passenger: {N}
{N}, {c}
{n} died in {c} in {m}.
{g} loves {c}
When {g} arrived, {g} left.
{g}, {g} and {g} passed.
Both {n} and {o} signed.
{n} ordered a {p} from {o}.
""".strip().splitlines()
HELD_OUT = """
You can reach our {t} {n} after {d}.
Ticket opened by {n} for {o}.
Herr {n} aus {c} möchte kündigen.
Hola, soy {n}.
Regards, {g}
{n} agreed with {g} that {o} is slow.
Assigned to: {n}
The {p} was tested in {c}.
{o} hired a new {t}.
Read {P} before {d}.
Our offices in {c} and {c} close in {m}.
{g} {f} signed for {o}
Witness: {n}
I am {n}, {t} at {o}.
La señora {f} vive en {c}.
Bonjour, je suis {n}.
Select {P} under {P}.
Spoke with {n} (daughter of {n}) today.
{g} would prefer {d}.
{n}, who lives in {c}, called twice.
Rent paid by {n} to {n}
The patient, {T} {f}, feels better.
{p} by {o} is available in {l}.
""".strip().splitlines()

_TITLES = "Mr. Mrs. Ms. Dr. Prof. Mr Mrs Ms Dr Miss Sir Captain Judge Professor Doctor".split()
_PRODUCTS = (
    "Galaxy Tab,ThinkPad,Surface Pro,Hunter Green Card,Platinum Rewards,Business Checking,Aurora Suite,Sky "
    "Router,Model S,Kindle,"
    "Golden Retriever,Silver Saver,Home Insurance,Travel Plus,Blue "
    "Bottle,Python,Java,Excel,Word,Teams,Alexa,Siri,Mercedes,Tesla,"
    "Ruby,Jupyter,Docker,Grace Period,Rose Gold,Mark Two,Violet Pen,Premium Plan,Basic Plan,Street "
    "View,Amber Alert"
).split(",")
_THINGS = (
    "Settings,Account Details,Data Protection,Security Center,General Terms,Payment Methods,Privacy "
    "Policy,Cost Center,Risk Report,"
    "Travel Policy,Machine Learning,Open Banking,Black Friday,Annual General Meeting,Supply Chain,Human "
    "Resources,Red Cross,World War,"
    "File Menu,Save As,Quality Control,Christmas,Easter,Ramadan,Internet,Bluetooth,Climate "
    "Change,Executive Summary,Next Steps,"
    "Key Findings,Background,Conclusion,Introduction,Project Charter,Statement Of Work,Frequently Asked "
    "Questions,Good Morning,"
    "Please Note,Thank You,Kind Regards,Best Regards,Dear Sir,Dear Customer,Monday "
    "Morning,Total,Invoice,Date,Phone,Email,Address,"
    "Company,City,State,Country,Department,Status,Priority,Subject,From,To,Question,Answer,Note,Warning,Summary,Product,Version,"
    "HTTP,API,JSON,CEO,HR,IT,KPI,ROI,USA,EU,UK,NATO,NASA,FAQ,PDF,Wi-Fi,iPhone,GitHub,LinkedIn,JavaScript,PostgreSQL"
).split(",")
_LANGUAGES = (
    "English,German,French,Spanish,Italian,Polish,Dutch,Chinese,Arabic,Hindi,Welsh,Portuguese,Swedish".split(
        ","
    )
)
_MONTHS = "January February March April May June July August September October November December".split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_WORD_ORGS = (
    "Acme Corp,Northwind Traders,Contoso,Globex,Initech,Blue River Bank,First National Bank,Harbour "
    "Mutual,City Council,Ministry of Finance,"
    "Deutsche Bahn,Red Hat,Oracle,Amazon,Google,Microsoft,Apple,Siemens,Volkswagen,Nestle,Unilever,Johnson "
    "Controls,Morgan Stanley,"
    "Goldman Sachs,Wells Fargo,JP Morgan,Ernst & Young,Charles "
    "Schwab,Ford,Dell,Philips,Hilton,Marriott,Walmart,Target,Barclays"
).split(",")
_FIELD = re.compile(r"\{(\w)\}")


class Example(NamedTuple):
    text: str
    spans: list[tuple[int, int]]


@cache
def faker(locale: str) -> Faker:
    made = Faker(locale)
    made.seed_instance(11)
    return made


def _bare(name: str) -> str:
    """Without the titles that some locales put around a name."""
    words = [word for word in name.split() if not word.endswith(".") or len(word) == 2]
    return " ".join(words[:4]) or name


def fill(template: str, generator: random.Random) -> Example:
    """Fill one, all in one locale, and say where names stand."""
    made = faker(generator.choice(LOCALES))
    text = ""
    spans: list[tuple[int, int]] = []
    at = 0
    template = template.replace("\\n", "\n")
    for field in _FIELD.finditer(template):
        text += template[at : field.start()]
        at = field.end()
        value, named = _value(field[1], made, generator)
        if named:
            spans.append((len(text), len(text) + len(value)))
        text += value
    text += template[at:]
    roll = generator.random()
    if roll < 0.06 and len(text.lower()) == len(text):
        text = text.lower()
    elif roll < 0.08 and len(text.upper()) == len(text):
        text = text.upper()
    return Example(text, spans)


def _full(made: Faker, generator: random.Random) -> str:
    roll = generator.random()
    initial = generator.choice("ABCDEFGHJKLMNPRSTW")
    if roll < 0.25:
        return f"{made.first_name()} {made.last_name()}"
    if roll < 0.32:
        return f"{made.first_name()} {initial}. {made.last_name()}"
    if roll < 0.36:
        return f"{initial}. {made.last_name()}"
    return _bare(made.name())


def _value(field: str, made: Faker, generator: random.Random) -> tuple[str, bool]:
    match field:
        case "n":
            return _full(made, generator), True
        case "N":
            return f"{made.first_name()} {made.last_name()}".upper(), True
        case "g":
            return made.first_name(), True
        case "f":
            return made.last_name(), True
        case "o":
            return generator.choice(_WORD_ORGS) if generator.random() < 0.6 else made.company(), False
        case "c":
            city = getattr(made, "city", None)
            return city() if city else "Springfield", False
        case "e":
            return made.email(), False
        case "k":
            return str(generator.randrange(1, 99999)), False
    return generator.choice(_LISTED[field]), False


_JOBS = (
    "Managing Director,Head of Sales,project manager,Chief Executive,nurse,software engineer,Account "
    "Manager,Treasurer,chairman,"
    "Director of Operations,teacher,Senior Analyst,lawyer,spokesman,Team Lead,data scientist,Vice President"
).split(",")
_LISTED = {
    "T": _TITLES,
    "t": _JOBS,
    "p": _PRODUCTS,
    "P": _THINGS,
    "l": _LANGUAGES,
    "m": _MONTHS,
    "d": _DAYS,
}
