"""Ways to reach a person or a machine, and what a word before it makes sensitive."""

from __future__ import annotations

import re

from remit.enforce.guardrail import check_digits as check
from remit.enforce.guardrail.label import OTHERWISE
from remit.enforce.guardrail.phone import GATE as PHONE_GATE
from remit.enforce.guardrail.phone import PATTERN as PHONE_PATTERN
from remit.enforce.guardrail.phone import is_phone
from remit.enforce.guardrail.rule import Rule, Surroundings
from remit.enforce.guardrail.secret_rules import PLACEHOLDER

_TOP_LEVELS = (
    "com org net edu gov mil info biz name app dev cloud online site shop store tech club blog agency "
    "ac ad ae af ag al am ar at au az ba bd be bg bh bo br by bz ca ch ci cl cm cn co cr cu cy cz de dk do "
    "dz ec ee "
    "eg es et eu fi fj fo fr ga ge gh gi gl gr gt hk hn hr hu id ie il im in io iq ir is it jm jo jp ke kg "
    "kh kr kw "
    "kz la lb li lk lt lu lv ly ma mc me mg mk mn mo mt mu mv mx my mz na ng ni nl no np nz om pa pe ph pk "
    "pl pr "
    "pt py qa ro rs ru sa sd se sg si sk sn su sv sy th tj tm tn to tr tt tv tw tz ua ug uk us uy uz va "
    "ve vn "
    "xyz za zm zw ai int example test"
).split()
# What bare names end in: file names end in many of the rest.
_BARE = frozenset(
    "com org net edu gov info biz co io ai eu de fr uk nl es it pl ch at be dk se fi no cz hu ro gr pt "
    "ie us ca au nz jp br mx in za ru cn kr tr app dev online site shop store tech cloud".split()
)
_FILE_LIKE = frozenset("readme main index app setup config package node vue next nuxt three asp".split())
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP = "|".join(sorted(_TOP_LEVELS, key=len, reverse=True))


def _bare_domain(seen: Surroundings) -> bool:
    host = re.split(r"[/:?#]", seen.value, maxsplit=1)[0].lower()
    labels = host.split(".")
    if seen.before[-1:] in ("@", "/", "\\", ".", "-"):
        return False
    return labels[-1] in _BARE and labels[0] not in _FILE_LIKE and not host.replace(".", "").isdigit()


def _ipv4(seen: Surroundings) -> bool:
    numbers = seen.value.split("/")[0].split(".")
    if any(int(part) > 255 or (len(part) > 1 and part[0] == "0") for part in numbers):
        return False
    words = seen.before.lower().rstrip(" :=v").rsplit(None, 1)
    return not (words and words[-1].strip("(,") in _VERSION_WORDS) and not seen.before.endswith(("v", "V"))


_VERSION_WORDS = frozenset(
    "version versions ver release releases build firmware driver package section chapter clause v "
    "upgrade upgraded paragraph article § rev revision schema kernel client sdk".split()
)


def _ipv6(seen: Surroundings) -> bool:
    groups = seen.value.split("/")[0].split("::")
    parts = [part for group in groups for part in group.split(":") if group]
    if len(groups) > 2 or any(len(part) > 4 for part in parts):
        return False
    if len(groups) == 1:
        return len(parts) == 8
    # `std::cafe` and the like are code; an address has figures, and more than one group.
    return len(parts) < 8 and any(map(str.isdigit, seen.value)) and (len(parts) > 1 or seen.value == "::1")


def _email(seen: Surroundings) -> bool:
    return ".." not in seen.value and seen.value.rsplit(".", 1)[-1].isalpha()


def _age(seen: Surroundings) -> bool:
    years = int(seen.value)
    if not 0 < years <= 120:
        return False
    return bool(_AGE_BEFORE.search(seen.before) or _AGE_AFTER.match(seen.after))


_AGE_BEFORE = re.compile(
    r"(?:(?<!\w)(?:age|aged|age of|edad|alter|[âa]ge|et[àa]|idade|leeftijd|wiek|[åa]lder|im alter von|"
    r"[âa]g[ée]e? de)"
    r"(?: is| of| was|:|=)?[ \t]{0,2}|(?<!\w)turn(?:s|ed|ing)? )$",
    re.IGNORECASE,
)
_AGE_AFTER = re.compile(
    r"(?:[ -]years?[ -](?:old|of age)|[ -]?y/?o(?!\w)|[ -]yrs?\.?[ -]old|[ -]year[ -]old|"
    r" ans(?!\w)(?! de (?:garantie|carri|exp))| jahre? alt| a[ñn]os de edad| anni(?= )| anos de idade| "
    r"jaar oud|"
    r"-j[äa]hrige?[rsnm]?| lat(?=[ia]?[ .,]))",
    re.IGNORECASE,
)

_DATE = (
    r"(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})|[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2}|"
    r"[0-9]{1,2}(?:st|nd|rd|th|\.)? ?(?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|juin|"
    r"juil|ao[uû]t|okt|dez|mär|"
    r"ene|abr|ago|dic|gen|mag|giu|lug|set|ott)[a-zûéä]{0,7}\.?,? [0-9]{4}|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.? [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4})"
)
_BIRTH = (
    r"dob|d\.o\.b\.?|date of birth|birth ?date|birthday|born(?: on| in)?|geburtsdatum|geboren(?: am)?|geb\.|"
    r"date de naissance|n[ée]e? le|fecha de nacimiento|nacid[oa](?: el)?|data di nascita|nat[oa] il|"
    r"data de nascimento|nascid[oa] em|geboortedatum|geboren op|data urodzenia|ur\.|f[öø]dd?t?|"
    r"f[øö]dselsdato|"
    r"f[öo]delsedatum|syntym[äa]aika"
)

# A word, then perhaps "number", "is", a colon; then what is meant.
_IS = (
    r"(?:[ \t]{0,2}(?:number|no|nr|num|#|code|nummer|num[ée]ro|n[úu]mero|is|was|ist|est|es|=|:|to|are|"
    r"lautet)\.?){0,3}[ \t:=#]{1,3}[\"'`(]?"
)


def _mixed(value: str) -> bool:
    return any(map(str.isdigit, value))


def _plate(value: str) -> bool:
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value)) and 4 <= len(value) <= 9


def _driver(value: str) -> bool:
    return 5 <= len(value) <= 18 and sum(map(str.isdigit, value)) >= 4


def _named(seen: Surroundings) -> bool:
    return seen.value.lower().strip(".") not in _NO_NAME and len(seen.value) > 2


def _username(seen: Surroundings) -> bool:
    # "user: Anna Larsen" is a name, and "the login is successful" says how it went.
    letters = seen.value.isalpha()
    if not _named(seen) or (letters and _WORD_AFTER.match(seen.after)):
        return False
    return not letters or seen.before.rstrip(" \"'`@").endswith((":", "="))


_WORD_AFTER = re.compile(r" [^\W\d_]{2}")


def _password(seen: Surroundings) -> bool:
    """Not what stands for one in code; after a verb, a plain word says more often how the password is."""
    value = seen.value
    if PLACEHOLDER.search(value) or value.endswith("(") or not _named(seen):
        return False
    return not (value.isalpha() and value.islower()) or seen.before.rstrip(" \"'`").endswith((":", "="))


_NO_NAME = frozenset(
    "and or is the a an to for in on not no your my field name password user required must should "
    "invalid incorrect wrong was has are with from that this if be will can please you i we it null none "
    "true false empty blank here already does did of at by as so but policy policies reset manager "
    "protected based string str optional login unknown missing taken available".split()
)

RULES: tuple[Rule, ...] = (
    Rule(
        "EMAIL",
        r"[A-Za-z0-9\u00c0-\u024f_][A-Za-z0-9\u00c0-\u024f._%+'-]{0,63}@(?:[A-Za-z0-9\u00c0-\u024f-]"
        r"{1,63}\.){1,4}[A-Za-z]{2,24}",
        80,
        judge=_email,
        gate=r"@[A-Za-z0-9\x80-\xff-]{1,64}\.",
        left=r"(?<![A-Za-z0-9\u00c0-\u024f_.%+-])",
    ),
    Rule(
        "URL",
        r"(?:https?|ftp|ftps|wss?)://[^\s<>\"'`{}|\\^\u2e80-\U0010ffff]{1,500}[^\s<>\"'`{}|"
        r"\\^.,;:!?)\]\u2e80-\U0010ffff]",
        60,
        gate=r"(?:https?|ftps?|wss?)://",
        right="",
        ignore_case=True,
    ),
    Rule(
        "URL",
        r"www\.[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}(?:[/?#][^\s<>\"'`\u2e80-\U0010ffff]"
        r"{0,300}[^\s<>\"'`.,;:!?)\]\u2e80-\U0010ffff])?",
        59,
        gate=r"www\.",
        left=r"(?<![A-Za-z0-9_.@/-])",
        right="",
        ignore_case=True,
    ),
    Rule(
        "URL",
        rf"(?:{_LABEL}\.){{1,4}}(?:{_TOP})(?:/[^\s<>\"'`\u2e80-\U0010ffff]{{0,300}}[^\s<>\"'`.,;:!?)"
        rf"\]\u2e80-\U0010ffff])?",
        40,
        judge=_bare_domain,
        gate=r"[A-Za-z0-9]\.(?:" + _TOP + r")(?:[^A-Za-z0-9_]|$)",
        left=r"(?<![A-Za-z0-9_.@/-])",
        right=r"(?![A-Za-z0-9_@(-]|\.[A-Za-z0-9])",
        ignore_case=True,
    ),
    Rule(
        "IP_ADDRESS",
        r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]{1,2})?",
        65,
        judge=_ipv4,
        left=r"(?<![0-9A-Za-z_.])",
        right=r"(?![0-9A-Za-z_]|\.[0-9])",
    ),
    Rule(
        "IP_ADDRESS",
        r"[0-9A-Fa-f:]{2,39}",
        65,
        judge=_ipv6,
        gate=r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:",
        left=r"(?<![0-9A-Za-z_:.])",
        right=r"(?![0-9A-Za-z_:])",
    ),
    Rule(
        "MAC_ADDRESS",
        r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}|[0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){5}|"
        r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}",
        72,
        left=r"(?<![0-9A-Za-z_:.-])",
        right=r"(?![0-9A-Za-z_:-])",
    ),
    Rule(
        "VEHICLE_IDENTIFICATION_NUMBER",
        r"[A-HJ-NPR-Z0-9]{17}",
        66,
        judge=lambda seen: _mixed(seen.value) and not seen.value.isdigit() and seen.value[:2] != "1Z",
        check=check.vin,
        cues=r"vin|vehicle|chassis|fahrgestell\w*|fin",
        alone=True,
        veto=OTHERWISE,
    ),
    Rule(
        "VEHICLE_IDENTIFICATION_NUMBER",
        r"[A-HJ-NPR-Z0-9]{17}",
        66,
        check=_mixed,
        cues=r"vin|vehicle id\w*|chassis|fahrgestell\w*",
        ignore_case=True,
    ),
    Rule("IMEI", r"[0-9]{2}-?[0-9]{6}-?[0-9]{6}-?[0-9]", 66, check=check.luhn, cues=r"imei\w*"),
    Rule(
        "PHONE",
        PHONE_PATTERN,
        45,
        judge=is_phone,
        gate=PHONE_GATE,
        left=r"(?<![0-9A-Za-z_])(?<![0-9][.,/:-])(?<![A-Za-z][-_])(?<![+#$€£])",
        right=r"(?![0-9A-Za-z_]|[.,/:-][0-9])",
    ),
    Rule(
        "AGE",
        r"[0-9]{1,3}",
        30,
        judge=_age,
        right=r"(?![0-9A-WYZa-xz_]|[.,:/][0-9]|%)",
        gate=r"(?:[0-9][ -]?(?:year|y/?o|yr|ans|jahr|j[^ ]{1,3}hrig|a[^ ]{1,3}os|anni|anos|jaar|lat)|"
        r"(?:age|aged|age of|edad|alter|alter von|[^a-z]ge|et[^ ]{1,3}|idade|leeftijd|wiek|lder|turn|turns|"
        r"turned|"
        r"turning|de)(?: is| of| was|:|=)?[ \t]{0,2}[0-9])",
        ignore_case=True,
    ),
    Rule("DATE_OF_BIRTH", _DATE, 58, cues=_BIRTH, ignore_case=True, gate=r"[0-9]{2}"),
    Rule(
        "DRIVER_ID",
        r"(?:driver'?s?'? ?licen[cs]e|driving ?licen[cs]e|licen[cs]e (?:number|no|#)|dl|"
        r"f[üu]hrerschein(?:nummer|nr\.?)?|permis de conduire|"
        r"licencia de conducir|carnet de conducir|patente(?: di guida)?|rijbewijs(?:nummer)?|carta de "
        r"condu[çc][ãa]o|prawo jazdy)" + _IS + r"(?P<v>[A-Z0-9](?:[A-Z0-9]|[ -](?:[0-9]|[A-Z][0-9])){4,19})",
        68,
        check=_driver,
        ignore_case=True,
    ),
    Rule(
        "LICENSE_PLATE",
        r"(?:licen[cs]e plates?|number plate|registration(?: plate)?|plates?|kennzeichen|plaque(?: "
        r"d'immatriculation)?|immatriculation|"
        r"immatricul[ée]e?|matr[íi]cula|targa|kenteken|placa|tablica rejestracyjna|registreringsnummer|"
        r"reg\.?)" + _IS + r"(?P<v>[A-ZÄÖÜ0-9]{1,4}(?:[ -]?[A-Z0-9]{1,4}){1,3})",
        56,
        check=_plate,
        ignore_case=True,
    ),
    Rule(
        "US_PASSPORT_NUMBER",
        r"(?:[A-Z][0-9]{8}|[0-9]{9})",
        62,
        cues=r"passport|passports",
        ignore_case=True,
    ),
    Rule(
        "PASSPORT_NUMBER",
        r"(?:[A-Z]{1,2}[0-9]{6,8}|[A-Z0-9]{2}[0-9]{5,7}[A-Z0-9]?|[0-9]{8,9})",
        61,
        check=_mixed,
        cues=r"passport|reisepass\w*|passeport|pasaporte|passaporto|passaporte|paspoort\w*|paszport\w*|"
        r"passnummer",
        ignore_case=True,
    ),
    Rule(
        "PASSWORD",
        r"(?:pass ?(?:word|wort|phrase|code)|pwd|passwd|kennwort|mot de passe|contrase[ñn]a|senha|"
        r"wachtwoord|has[łl]o|l[öo]senord|salasana)"
        r"(?:[ \t]{0,2}(?:is|was|ist|est|es|lautet|=|:|to)){1,2}[ "
        r"\t]{0,2}[\"'`]?(?P<v>[^\s\"'`<>{}\u2e80-\U0010ffff]{3,63}[^\s\"'`<>{}.,;:!?)\u2e80-\U0010ffff])",
        64,
        judge=_password,
        gate=r"(?:pass ?(?:word|wort|phrase|code)|pwd|passwd|kennwort|mot de passe|contrase|senha|wachtwoord|"
        r"has[^ ]{1,3}o|senord|salasana)[^ ]{0,3}[ \t]{0,2}(?:is|was|ist|est|es|lautet|=|:|to)",
        right="",
        ignore_case=True,
    ),
    Rule(
        "USERNAME",
        r"(?:user ?(?:name|id)?|username|login(?: name| id)?|benutzer(?:name|kennung)?|nom d'utilisateur|"
        r"identifiant|usuario|nome utente|"
        r"gebruikersnaam|screen ?name|handle|user_name|anv[äa]ndarnamn|nazwa u[żz]ytkownika)"
        r"(?:[ \t]{0,2}(?:is|was|ist|est|es|=|:)){1,2}[ "
        r"\t]{0,2}[\"'`@]?(?P<v>[A-Za-z0-9_][A-Za-z0-9._-]{1,38}[A-Za-z0-9_])",
        48,
        judge=_username,
        right="(?![A-Za-z0-9_@])",
        ignore_case=True,
    ),
    Rule(
        "PIN",
        r"(?:pin|personal identification number|geheimzahl|code pin|code secret)(?:[ -]?(?:code|number|"
        r"nummer|is|ist|est|es|=|:|to|der|no)){0,3}[ \t:=]{1,4}"
        r"(?P<v>[0-9]{4,8})",
        57,
        ignore_case=True,
        right=r"(?![0-9A-Za-z_]|[.,/-][0-9])",
    ),
)
