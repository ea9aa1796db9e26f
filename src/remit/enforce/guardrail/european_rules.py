"""Numbers that the countries of Europe give people; for those of the United Kingdom see `national_rules`."""

from __future__ import annotations

from remit.enforce.guardrail import check_digits as check
from remit.enforce.guardrail.national_rules import national
from remit.enforce.guardrail.rule import Rule

_D = "[0-9]"
_S = "[ .-]?"
_GAP = "[ -]?"

RULES: tuple[Rule, ...] = (
    # Germany, Austria, Switzerland
    national(
        "DE_TAX_ID",
        rf"[1-9]{_D}(?: ?{_D}{{3}}){{3}}",
        check.mod11_10,
        r"steuer-?\w*|steuerliche|idnr|id-nr\.?|tin|tax id\w*|tax number|identifikationsnummer",
    ),
    national(
        "DE_PENSION_INSURANCE_NUMBER",
        rf"{_D}{{2}} ?[0-3]{_D}[01]{_D}{{3}} ?[A-Z] ?{_D}{{3}}",
        check.de_pension,
        r"\w*versicherungsnummer|\w*versicherungsnr\.?|rvnr|sv-nummer|svnr|sozialversicherung\w*|"
        r"rentenversicherung\w*",
        alone=True,
    ),
    national(
        "AT_SOCIAL_INSURANCE_NUMBER",
        rf"[1-9]{_D}{{3}} ?{_D}{{6}}",
        check.at_social,
        r"svnr|sv-nr\.?|sv-nummer|sozialversicherung\w*|versicherungsnummer",
    ),
    national(
        "CH_SOCIAL_SECURITY_NUMBER",
        rf"756{_S}{_D}{{4}}{_S}{_D}{{4}}{_S}{_D}{{2}}",
        check.ean13,
        r"ahv\w*|avs",
        alone=True,
        labelled=True,
    ),
    # France, Benelux
    national(
        "FR_SOCIAL_SECURITY_NUMBER",
        rf"[1-478]{_GAP}{_D}{{2}}{_GAP}(?:0[1-9]|1[0-2]|[2-9]{_D}){_GAP}(?:{_D}{{2}}|"
        rf"2[AB]){_GAP}{_D}{{3}}{_GAP}{_D}{{3}}{_GAP}{_D}{{2}}",
        check.fr_nir,
        r"nir|s[ée]curit[ée] sociale|s[ée]cu|insee",
        alone=True,
        rank=58,
        labelled=True,
    ),
    national(
        "FR_TAX_ID",
        rf"[0-3]{_D} ?{_D}{{2}} ?{_D}{{3}} ?{_D}{{3}} ?{_D}{{3}}",
        lambda value: int(value[:10]) % 511 == int(value[10:]),
        r"spi|fiscal\w*|imp[ôo]ts?|tin",
    ),
    national(
        "NL_CITIZEN_SERVICE_NUMBER",
        rf"{_D}{{9}}|{_D}{{4}}[ .]{_D}{{2}}[ .]{_D}{{3}}|{_D}{{3}}[ .]{_D}{{3}}[ .]{_D}{{3}}",
        check.nl_bsn,
        r"bsn|burgerservicenummer|sofi\w*|citizen service number",
        labelled=True,
    ),
    national(
        "BE_NATIONAL_NUMBER",
        rf"{_D}{{2}}\.{_D}{{2}}\.{_D}{{2}}-{_D}{{3}}\.{_D}{{2}}",
        check.be_national,
        r"rijksregister\w*|registre national|num[ée]ro national|insz|niss|national number|nationaal nummer",
        alone=True,
        labelled=True,
    ),
    national(
        "BE_NATIONAL_NUMBER",
        f"{_D}{{11}}",
        check.be_national,
        r"rijksregister\w*|registre national|num[ée]ro national|insz|niss|national number|nationaal nummer",
        labelled=True,
    ),
    # Spain, Portugal, Italy, Greece
    national(
        "ES_NIF", r"(?:[0-9]{8}|[XYZ]-?[0-9]{7})-?[A-HJ-NP-TV-Z]", check.es_nif, r"nif|dni|nie", alone=True
    ),
    national(
        "IT_FISCAL_CODE",
        r"[A-Z]{6}[0-9]{2}[A-EHLMPR-T][0-9]{2}[A-Z][0-9]{3}[A-Z]",
        check.it_fiscal_code,
        r"codice fiscale|fiscal\w*",
        alone=True,
        ignore_case=True,
        labelled=True,
    ),
    national("PT_NIF", rf"{_D}{{9}}|{_D}{{3}} {_D}{{3}} {_D}{{3}}", check.pt_nif, r"nif|contribuinte|fiscal"),
    national(
        "GR_SOCIAL_SECURITY_NUMBER",
        f"{_D}{{11}}",
        lambda v: check.dated(v, month=2, day=0) and check.luhn(v),
        r"amka|αμκα",
        labelled=True,
    ),
    # The north
    national(
        "SE_PERSONAL_NUMBER",
        rf"(?:19|20)?{_D}{{6}}[-+]{_D}{{4}}|(?:19|20){_D}{{10}}",
        check.se_personal,
        r"personnummer|personnr\.?|pnr|samordningsnummer|personal (?:identity )?number",
        alone=True,
        labelled=True,
    ),
    national(
        "FI_PERSONAL_IDENTITY_CODE",
        rf"{_D}{{6}}[-+A-FU-Y]{_D}{{3}}[0-9A-FHJ-NPR-Y]",
        check.fi_personal,
        r"hetu|henkil[öo]tunnus",
        alone=True,
        labelled=True,
    ),
    national("DK_CPR", rf"{_D}{{6}}-{_D}{{4}}", check.dk_cpr, r"cpr\w*", labelled=True),
    national(
        "DK_CPR",
        rf"{_D}{{6}}-?{_D}{{4}}",
        check.dk_cpr_checked,
        r"cpr\w*",
        labelled=True,
    ),
    national(
        "NO_BIRTH_NUMBER",
        rf"{_D}{{6}} ?{_D}{{5}}",
        check.no_birth,
        r"f[øo]dselsnummer|personnummer|fnr|d-nummer",
        alone=True,
        labelled=True,
    ),
    # The east
    national("PL_PESEL", f"{_D}{{11}}", check.pl_pesel, r"pesel", labelled=True),
    national(
        "CZ_BIRTH_NUMBER",
        rf"{_D}{{6}}/{_D}{{3,4}}",
        check.cz_birth,
        r"rodn[ée] [čc][íi]slo|r\. ?[čc]\.|rč",
        alone=True,
        labelled=True,
    ),
    national("RO_CNP", f"[1-8]{_D}{{12}}", check.ro_cnp, r"cnp|cod numeric", labelled=True),
    national(
        "TR_IDENTITY_NUMBER", f"[1-9]{_D}{{10}}", check.tr_identity, r"t\.?c\.?(?: kimlik)?|kimlik\w*|tckn"
    ),
)
