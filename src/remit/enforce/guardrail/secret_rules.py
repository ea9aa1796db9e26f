"""Keys, tokens and passwords of machines: by the marks that their issuers give them, and by where they stand.

Most issuers put a prefix before what they issue so that it can be found; those rules need nothing else. What
is assigned to a name such as `api_key` is held for a secret when it looks random (see `randomness`).
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from math import log2

from remit.enforce.guardrail.rule import Rule, Surroundings

_LEFT = r"(?<![0-9A-Za-z_-])(?<![0-9A-Za-z]\.)"
_RIGHT = r"(?![0-9A-Za-z_-])"


def bits_per_character(text: str) -> float:
    """Shannon's entropy of the text's characters.

    >>> bits_per_character("aaaa"), bits_per_character("abcd")
    (0.0, 2.0)
    """
    size = len(text)
    return -sum(count / size * log2(count / size) for count in map(text.count, set(text))) + 0.0


PLACEHOLDER = re.compile(
    r"x{4,}|\*{3,}|\.{3,}|0{6,}|your|example|sample|placeholder|change_?me|changeit|replace|insert|dummy|"
    r"redacted|"
    r"secret_?key_?here|_here|todo|fixme|<|>|\$\{|\{\{|%\(|abcdef|123456789|undefined|null|none|foobar|todo|"
    r"process\.env|os\.environ|getenv|settings\.|config\.|vault|secretref|arn:aws|lorem|test_?key",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"[$%]\w+%?$|[$%]?[{(\[<]|%[sdr]$|/")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_WORDY = re.compile(r"[A-Za-z]+(?:[-_. /][A-Za-z]+)*[0-9]{0,2}")


def _is_words(text: str) -> bool:
    """Whether it is words put together, as in `user-profile` or `CamelCaseName2`."""
    # What is drawn changes case more often than words do.
    return _WORDY.fullmatch(text) is not None and len(text) >= 3.5 * len(_CAMEL.findall(text))


def looks_random(text: str) -> bool:
    """Say whether text reads as drawn by a machine and not written by a person.

    It has letters and digits, changes between them often or is long, and repeats little.
    """
    if PLACEHOLDER.search(text) or _is_words(text):
        return False
    digits = sum(map(str.isdigit, text))
    if digits == 0 and len(text) < 20:
        return False
    return bits_per_character(text) >= (2.6 if len(text) < 16 else 3.0)


def _issued(seen: Surroundings) -> bool:
    """Not a placeholder in the issuer's form."""
    tail = seen.value[4:]
    return not PLACEHOLDER.search(tail) and bits_per_character(tail) > 2.5


def _assigned(seen: Surroundings) -> bool:
    value = seen.value
    if _UUID.fullmatch(value):
        return False
    if value.endswith(("()", ")", "(")) or value.startswith(("$", "/", "./", "%", "{", "[", "http")):
        return False
    return looks_random(value)


def _password(seen: Surroundings) -> bool:
    """A password that a person made up may be words; what stands for one in a template is none."""
    value = seen.value
    if PLACEHOLDER.search(value) or _VARIABLE.match(value):
        return False
    kinds = sum(
        bool(any(map(test, value)))
        for test in (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
    )
    return (
        len(value) >= 6
        and kinds >= 2
        and (any(map(str.isdigit, value)) or kinds >= 3)
        and not value.endswith(")")
    )


def _jwt(seen: Surroundings) -> bool:
    head = seen.value.split(".", 1)[0]
    try:
        return b'"' in urlsafe_b64decode(head + "=" * (-len(head) % 4))
    except (Base64Error, ValueError):
        return False


def _aws_secret(seen: Surroundings) -> bool:
    value = seen.value
    return (
        bits_per_character(value) > 3.9
        and not _PLACEHOLDER_EXACT.search(value)
        and not value.isalpha()
        and any(map(str.isdigit, value))
        and any(map(str.isupper, value))
    )


_PLACEHOLDER_EXACT = re.compile(r"x{6,}|your_|example_", re.IGNORECASE)


def _marked(pattern: str, gate: str, *, kind: str = "SECRET", rank: int = 90) -> Rule:
    return Rule(kind, pattern, rank, judge=_issued, gate=gate, left=_LEFT, right=_RIGHT)


_NAMES = (
    r"(?:[A-Za-z0-9]{1,20}[_.-]){0,3}(?:api[_. -]?key|apikey|access[_. -]?key|secret[_. -]?key|secret[_. "
    r"-]?access[_. -]?key|client[_. -]?secret|"
    r"app[_. -]?secret|consumer[_. -]?secret|shared[_. -]?secret|webhook[_. -]?secret|signing[_. -]?(?:key|"
    r"secret)|encryption[_. -]?key|private[_. -]?key|"
    r"auth[_. -]?token|access[_. -]?token|refresh[_. -]?token|bearer[_. -]?token|session[_. -]?token|"
    r"bot[_. -]?token|deploy[_. -]?token|token|secret|"
    r"account[_. -]?key|subscription[_. -]?key|master[_. -]?key|license[_. -]?key|credentials?|x-api-key|"
    r"authorization)"
)
_ASSIGN = r"[\"'`]?(?: is|[ \t]{0,4}(?:=>|:=|=|:))[ \t]{0,4}"

RULES: tuple[Rule, ...] = (
    Rule("AWS_ACCESS_KEY", r"(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ABIA|ACCA)[A-Z2-7]{16}", 92),
    Rule(
        "AWS_SECRET_KEY",
        r"[A-Za-z0-9/+]{40}",
        88,
        judge=_aws_secret,
        cues=r"aws\w*|amazon|secret[_ -]?(?:access[_ -]?)?key|secretaccesskey|\w*secret_access_key|"
        r"\w*secretaccesskey|secret",
        left=r"(?<![0-9A-Za-z/+_.-])",
        right=r"(?![0-9A-Za-z/+=_-])",
    ),
    Rule("SECRET", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}", 91),
    Rule(
        "SECRET",
        r"[A-Za-z0-9/+]{40}",
        87,
        judge=_aws_secret,
        cues=r"aws\w*|secret[_ -]?(?:access[_ -]?)?key|secretaccesskey|\w*secret_access_key|"
        r"\w*secretaccesskey",
        left=r"(?<![0-9A-Za-z/+_.-])",
        right=r"(?![0-9A-Za-z/+=_-])",
    ),
    # GitHub, GitLab, Bitbucket
    _marked(r"gh[pousr]_[A-Za-z0-9]{36,76}", r"gh[pousr]_"),
    _marked(r"github_pat_[A-Za-z0-9_]{50,100}", r"github_pat_"),
    _marked(r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas|ffct)-[A-Za-z0-9_.=-]{19,64}", r"gl[a-z]{2,5}-"),
    _marked(r"ATBB[A-Za-z0-9]{28,36}", r"ATBB"),
    _marked(r"ATATT3[A-Za-z0-9_=-]{100,250}", r"ATATT3"),
    # Slack, Discord, Telegram, Twilio, SendGrid, Mailgun, Mailchimp
    _marked(r"xox[abeoprs]-(?:[0-9A-Za-z]{1,60}-?){1,6}", r"xox[abeoprs]-"),
    _marked(r"xapp-[0-9]-[A-Z0-9]{8,14}-[0-9]{8,16}-[a-z0-9]{32,80}", r"xapp-"),
    Rule(
        "SECRET",
        r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,90}",
        93,
        gate=r"hooks\.slack\.com",
    ),
    Rule(
        "SECRET",
        r"https://(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/[A-Za-z0-9_-]{50,90}",
        93,
        gate=r"api/webhooks/",
    ),
    _marked(r"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}", r"\.[A-Za-z0-9_-]{6}\."),
    _marked(r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}", r"[0-9]:AA"),
    _marked(r"(?:SK|AC)[0-9a-f]{32}", r"(?:SK|AC)[0-9a-f]{8}"),
    _marked(r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}", r"SG\."),
    _marked(r"key-[0-9a-f]{32}", r"key-[0-9a-f]{8}"),
    _marked(r"[0-9a-f]{32}-us[0-9]{1,2}", r"-us[0-9]"),
    # Payment
    _marked(r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,120}", r"[srp]k_(?:live|test)_"),
    _marked(r"whsec_[A-Za-z0-9+/=]{24,80}", r"whsec_"),
    _marked(r"sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,50}", r"sq0"),
    _marked(r"EAAA[A-Za-z0-9_-]{60}", r"EAAA"),
    _marked(r"shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}", r"shp[a-z]{2}_"),
    # Models
    _marked(r"sk-ant-[A-Za-z0-9_-]{20,120}", r"sk-ant-"),
    _marked(r"sk-(?:proj-|svcacct-|admin-|or-v1-|None-)?[A-Za-z0-9_-]{20,180}", r"sk-[A-Za-z0-9]"),
    _marked(r"(?:hf|api_org)_[A-Za-z0-9]{30,40}", r"(?:hf|api_org)_"),
    _marked(
        r"(?:gsk|xai|pplx|r8|nvapi|fw|tgp_v1|co|fal|jina|voyage|pa|lsv2_pt|lsv2_sk)[_-][A-Za-z0-9_-]{32,120}",
        r"(?:gsk|xai|pplx|r8|nvapi|fw|tgp_v1|co|fal|jina|voyage|pa|lsv2_[ps][tk])[_-]",
    ),
    # Clouds
    _marked(r"AIza[A-Za-z0-9_-]{35}", r"AIza"),
    _marked(r"ya29\.[A-Za-z0-9_-]{20,300}", r"ya29\."),
    _marked(r"GOCSPX-[A-Za-z0-9_-]{24,32}", r"GOCSPX-"),
    _marked(r"1//0[A-Za-z0-9_-]{40,200}", r"1//0"),
    Rule(
        "SECRET",
        r"(?:AccountKey|SharedAccessKey|sig)=(?P<v>[A-Za-z0-9+/%]{40,100}={0,2})",
        92,
        gate=r"(?:Key|sig)=",
        right=r"(?![0-9A-Za-z_+/])",
    ),
    _marked(r"[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}", r"[78]Q~"),
    _marked(r"do[opr]_v1_[a-f0-9]{64}", r"do[opr]_v1_"),
    _marked(r"(?:hvs|hvb|hvr|s)\.[A-Za-z0-9_-]{24,200}", r"(?:hv[sbr]|s)\.[A-Za-z0-9_-]{24}"),
    _marked(r"dapi[a-f0-9]{32}(?:-[0-9])?", r"dapi[a-f0-9]"),
    _marked(r"LTAI[A-Za-z0-9]{12,24}", r"LTAI"),
    _marked(r"(?:dp\.(?:pt|st|ct|sa|scim|audit))\.[A-Za-z0-9._]{40,60}", r"dp\."),
    _marked(r"CCIPAT_[A-Za-z0-9_]{20,80}", r"CCIPAT_"),
    # Package registries and tools
    _marked(r"npm_[A-Za-z0-9]{36}", r"npm_"),
    _marked(r"pypi-AgE[A-Za-z0-9_-]{50,300}", r"pypi-AgE"),
    _marked(r"rubygems_[a-f0-9]{48}", r"rubygems_"),
    _marked(r"oy2[a-z0-9]{43}", r"oy2"),
    _marked(r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,60}", r"dckr_"),
    _marked(r"(?:NRAK|NRJS|NRII|NRIQ|NRAA)-[A-Za-z0-9]{19,40}", r"NR[A-Z]{2}-"),
    _marked(r"(?:glsa|glc|eyJrIjoi)_?[A-Za-z0-9_=-]{32,200}", r"(?:glsa|glc|eyJrIjoi)"),
    _marked(r"sntrys_[A-Za-z0-9_=+/-]{40,300}", r"sntrys_"),
    _marked(r"lin_api_[A-Za-z0-9]{40}", r"lin_api_"),
    _marked(r"(?:secret|ntn)_[A-Za-z0-9]{40,52}", r"(?:secret|ntn)_"),
    _marked(r"figd_[A-Za-z0-9_-]{36,48}", r"figd_"),
    _marked(r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}", r"PMAK-"),
    _marked(r"AKCp[A-Za-z0-9]{60,80}", r"AKCp"),
    _marked(r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}", r"pat[A-Za-z0-9]{14}\."),
    _marked(r"AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}", r"AGE-SECRET-KEY-1"),
    Rule(
        "SECRET",
        r"eyJ[A-Za-z0-9_-]{8,1000}\.[A-Za-z0-9_-]{8,1000}\.[A-Za-z0-9_-]{0,1000}",
        90,
        judge=_jwt,
        gate=r"eyJ[A-Za-z0-9_-]{8}",
        left=_LEFT,
        right=_RIGHT,
    ),
    # A name and a password within an address, and strings that connect to a database
    Rule(
        "SECRET",
        r"[A-Za-z][A-Za-z0-9+.-]{1,24}://[^\s:/@\"'<>]{0,80}:(?P<p>[^\s/@\"'<>]{3,100})@[A-Za-z0-9_.-]"
        r"{1,120}(?::[0-9]{1,5})?(?:/[^\s\"'<>`)\],;]{0,120})?",
        89,
        judge=lambda seen: _url_password(seen.value),
        gate=r"://[^ /@\n]{0,80}:[^ /@\n]{3}",
        right="",
    ),
    Rule(
        "SECRET",
        r"(?:password|pwd|passwd)[ ]?=[ ]?(?P<v>[^\s;\"']{4,100})",
        86,
        judge=_password,
        gate=r"(?:pwd|passw(?:or)?d) ?=",
        left=r"(?<=[;\"' ])",
        right=r"(?=;)",
        ignore_case=True,
    ),
    # Assignments
    Rule(
        "SECRET",
        _NAMES + _ASSIGN + r"(?:Bearer |Basic |token )?[\"'`]?(?P<v>[A-Za-z0-9_.~+/=!@#$%^&*-]{12,200})",
        80,
        judge=_assigned,
        gate=r"(?:key|token|secret|credential|authorization)s?[\"'`]?(?: is|[ \t]{0,4}[=:])",
        left=r"(?<![A-Za-z0-9])",
        right=r"(?![A-Za-z0-9_.~+/=-]{1,2}[A-Za-z0-9])",
        ignore_case=True,
    ),
    Rule(
        "SECRET",
        r"(?:[A-Za-z0-9]{1,20}[_.-]){0,3}(?:password|passwd|pwd|pass|db_pass|passphrase)[\"'`]?[ "
        r"\t]{0,4}(?:=>|:=|=|:|is )[ \t]{0,4}[\"'`]?(?P<v>[^\s\"'`,;<>]{6,100})",
        63,
        judge=_password,
        gate=r"(?:password|passwd|pwd|pass|passphrase)[\"'`]?[ \t]{0,4}(?:[=:]|is )",
        left=r"(?<![A-Za-z0-9])",
        right="",
        ignore_case=True,
    ),
    Rule(
        "SECRET",
        r"(?:bearer|basic) (?P<v>[A-Za-z0-9_.~+/-]{20,400}={0,2})",
        81,
        judge=lambda seen: looks_random(seen.value),
        gate=r"(?:bearer|basic) [A-Za-z0-9_.~+/-]{20}",
        ignore_case=True,
        right=r"(?![A-Za-z0-9_])",
    ),
)


def _url_password(value: str) -> bool:
    password = value.rpartition("@")[0].rpartition(":")[2]
    return not PLACEHOLDER.search(password) and not re.fullmatch(
        r"(?i)pass(?:word|wd)?|pwd|secret|\*+|\[.*\]", password
    )
