"""Words that turn a sentence around: what says no, what is the opposite of what, how many, and how surely."""

from __future__ import annotations

from collections.abc import Iterator

_NEGATIONS = (
    "no not never none nobody nothing nowhere neither nor without cannot cant dont doesnt didnt wont wouldnt "
    "shouldnt couldnt isnt arent wasnt werent hasnt havent hadnt aint n't nt hardly barely scarcely rarely "
    "unable lack lacks lacked lacking fail fails failed failing refuse refuses refused deny denies denied "
    "denying decline declined exclude excludes excluded excluding except absent avoid avoided prevent "
    "prevented instead rather unlikely"
)

_OPPOSITES = """
increase decrease; increase reduce; rise fall; rise drop; rise decline; grow shrink; grow decline; gain
lose; gain loss; profit loss; more less; more fewer; most least; most fewest; higher lower; high low;
highest lowest; above below; over under; up down; upward downward; before after; earlier later; early late;
first last; earliest latest; accept reject; approve reject; agree disagree; agree refuse; allow forbid;
allow prevent; permit prohibit; allow ban; support oppose; favor oppose; favour oppose; win lose; won lost;
victory defeat; success failure; succeed fail; successful unsuccessful; strong weak; stronger weaker;
strengthen weaken; better worse; best worst; improve worsen; improve deteriorate; improvement deterioration;
positive negative; optimistic pessimistic; optimism pessimism; good bad; happy sad; happy unhappy; like
dislike; love hate; buy sell; bought sold; buyer seller; purchase sale; lend borrow; lender borrower; import
export; hire fire; hire dismiss; employer employee; teacher student; doctor patient; landlord tenant; enter
leave; arrive leave; arrive depart; arrival departure; open close; opened closed; opening closing; start
end; start stop; begin end; began ended; beginning end; expand contract; expansion contraction; accelerate
slow; accelerate decelerate; fast slow; faster slower; quick slow; long short; longer shorter; large small;
larger smaller; big small; bigger smaller; largest smallest; biggest smallest; wide narrow; broad narrow;
deep shallow; thick thin; heavy light; rich poor; wealthy poor; expensive cheap; costly cheap; old new;
older younger; old young; oldest youngest; oldest newest; ancient modern; major minor; majority minority;
maximum minimum; many few; full empty; all none; always never; often rarely; often seldom; frequently
rarely; common rare; usually rarely; everyone nobody; everything nothing; everywhere nowhere; public
private; internal external; domestic foreign; domestic international; local global; national international;
urban rural; north south; northern southern; northeast southwest; northwest southeast; east west; eastern
western; left right; top bottom; upper lower; inside outside; indoor outdoor; front back; male female; man
woman; men women; boy girl; boys girls; father mother; son daughter; brother sister; husband wife; king
queen; he she; his her; mr mrs; guilty innocent; guilty acquitted; convict acquit; legal illegal; lawful
unlawful; safe dangerous; safe unsafe; risky safe; healthy sick; alive dead; birth death; born died; live
die; survive die; attack defend; plaintiff defendant; offense defense; friend enemy; ally enemy; peace war;
love hatred; true false; correct incorrect; right wrong; accurate inaccurate; certain uncertain; likely
unlikely; possible impossible; able unable; available unavailable; necessary unnecessary; required optional;
mandatory optional; mandatory voluntary; include exclude; included excluded; with without; add remove; added
removed; attach detach; connect disconnect; join leave; joined left; unite divide; together apart; same
different; similar different; equal unequal; easy difficult; easy hard; easier harder; simple complex;
simple complicated; clear unclear; known unknown; familiar unfamiliar; visible hidden; reveal conceal;
reveal hide; confirm deny; confirmed denied; admit deny; acknowledge deny; lead follow; ahead behind;
forward backward; push pull; raise lower; raised lowered; raise cut; lift lower; send receive; sent
received; give take; gave took; give receive; offer withdraw; hot cold; warm cool; summer winter; spring
autumn; morning evening; day night; dawn dusk; wet dry; hard soft; smooth rough; bright dark; light dark;
white black; clean dirty; loud quiet; noisy quiet; active inactive; active passive; temporary permanent;
short-term long-term; direct indirect; formal informal; official unofficial; natural artificial; real fake;
original copy; ancestor descendant; parent child; senior junior; superior inferior; professional amateur;
expert novice; encourage discourage; praise criticize; praise criticise; praised criticized; praised
criticised; welcome condemn; satisfied dissatisfied; satisfied disappointed; exceed miss; exceeded missed;
outperform underperform; outperformed underperformed; overestimate underestimate; surplus deficit; asset
liability; assets liabilities; revenue expense; revenue cost; income expense; credit debit; inflow outflow;
inflation deflation; boom bust; recession recovery; bull bear; bullish bearish; upgrade downgrade; upgraded
downgraded; optimistic cautious; confident worried; confident doubtful; calm nervous; brave afraid; generous
greedy; honest dishonest; loyal disloyal; polite rude; kind cruel; patient impatient; careful careless;
strict lenient; relaxed strict; simple elaborate; voluntary forced; stable unstable; stable volatile; steady
volatile; constant variable; continue stop; continued stopped; continue discontinue; keep abandon; maintain
abandon; resume suspend; launch cancel; launched cancelled; launched canceled; create destroy; built
destroyed; build demolish; construct demolish; repair damage; fix break; solve cause; cure cause; help
hinder; help hurt; help harm; benefit harm; beneficial harmful; useful useless; effective ineffective;
efficient inefficient; adequate inadequate; sufficient insufficient; complete incomplete; partial complete;
partly fully; partially fully; slightly significantly; slightly sharply; slightly greatly; gradually
suddenly; gradually rapidly; slowly quickly; slowly rapidly; mainly partly; only also; despite because;
although because; despite due; unless if; until after; since until; during after; plus minus; multiply
divide; numerator denominator; ascend descend; climb descend; float sink; freeze melt; predator prey; host
guest; winner loser; leader follower; optimism concern; vacant occupied; absent present; absence presence;
import-led export-led; past future; yesterday tomorrow; previous next; former latter; former current; former
future; supply demand; wholesale retail; fixed variable; gross net; upstream downstream
"""

# What each says of how many, from none to all: two that are far apart do not say the same.
_QUANTITIES = """
none nobody neither zero
few fewer hardly rarely seldom little minority
some several sometimes occasionally part partly partially certain
many much often frequently usually generally mostly most majority mainly
all every each always everyone everything entire entirely whole both only
"""

# How surely something is said, from what may be to what is or must be.
_SURENESS = """
may might could possibly perhaps maybe potentially allegedly reportedly suggest suspect consider
should likely probably expect plan hope intend aim estimate believe
will shall must definitely certainly always guarantee proven confirm proved undoubtedly clearly absolutely
"""

_CAUSES = """
because since due owing thanks result cause led lead therefore hence thus consequently why reason so driven
drove
"""

_COMMON = """
the a an and or but if of to in on at by for with from as is are was were be been being am do does did have
has had having it its this that these those there here he she they them his her their him we us our you your
i me my mine who whom whose which what when where why how than then so such into onto about over under also
too very can could may might will would shall should must just some any all both each more most other own
same s t re ve ll d m yes well oh up out off down again further once because until while during before after
above below between through against not no nor only
"""


def opposites() -> dict[str, frozenset[str]]:
    """Return what the opposite of each word is, whatever ending it has.

    >>> "decreas" in opposites()["increas"]
    True
    """
    found: dict[str, set[str]] = {}
    for one, other in _pairs():
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


def _pairs() -> Iterator[tuple[str, str]]:
    for pair in " ".join(_OPPOSITES.split()).split(";"):
        one, other = pair.split()
        yield stem(one), stem(other)


def stem(word: str) -> str:
    """Return a word without its commonest English endings; other languages' words mostly stay as they are.

    >>> [stem(word) for word in ("increasing", "increased", "increases", "stopped", "parties", "Paris")]
    ['increas', 'increas', 'increas', 'stop', 'parti', 'pari']
    """
    word = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    if len(word) < 4 or not word.isascii():
        return word
    for ending in ("ingly", "edly", "ing", "ed", "es", "ly", "s"):
        kept = word.removesuffix(ending)
        if kept is not word and kept != word and len(kept) >= 3 and not (ending == "s" and kept[-1] == "s"):
            if ending in ("ing", "ed") and len(kept) > 3 and kept[-1] == kept[-2] and kept[-1] not in "lsz":
                kept = kept[:-1]
            return _plain(kept)
    return _plain(word)


def _plain(word: str) -> str:
    if word[-1] == "e" and len(word) > 3:
        return word[:-1]
    return f"{word[:-1]}i" if word[-1] == "y" and len(word) > 3 else word


def _scale(text: str) -> dict[str, int]:
    return {
        stem(word): place for place, line in enumerate(text.strip().splitlines()) for word in line.split()
    }


NEGATIONS = frozenset(stem(word) for word in _NEGATIONS.split())
QUANTITIES = _scale(_QUANTITIES)
SURENESS = _scale(_SURENESS)
CAUSES = frozenset(stem(word) for word in _CAUSES.split())
COMMON = frozenset({*_COMMON.split(), *(stem(word) for word in _COMMON.split())})
