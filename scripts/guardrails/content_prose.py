"""Sentences of ordinary work, news, care and play that speak of harm without doing any, and slots to fill."""

from __future__ import annotations

from content_parts import listed

SLOTS: dict[str, list[str]] = {
    "who": listed("""
the driver; a neighbour; the tenant; our customer; the policyholder; an employee; a colleague; the patient;
the suspect; the defendant; a 34-year-old man; a 61-year-old woman; two teenagers; the victim; a witness;
the plaintiff; the manager; my daughter; her husband; the insured; a passer-by; the officer
"""),
    "place": listed("""
in Leeds; in Hamburg; near the station; at the depot; on the motorway; in the car park; in Nairobi; at the
warehouse; in the lobby; in the village; in Kharkiv; on the northern border; at home; in the flat; in
Chicago; in the branch; at the school; outside the shop
"""),
    "day": listed("""
on Monday; last night; on 12 March; yesterday; early on Sunday; in 1943; last week; on Friday evening; at
about 3 a.m.; in the summer; in June; over the weekend; this morning
"""),
    "amount": listed("""
£1,200; 4,500 euros; $18,000; three million dollars; EUR 640; about 900 dollars; £75,000; 12 percent
"""),
    "number": listed("two; three; five; nine; 14; 27; 112; 4,000; dozens of; several; hundreds of"),
    "thing": listed("""
a laptop; my wallet; her bicycle; two phones; jewellery; the van; tools; a handbag; the till; copper cable;
a parcel; the company car; a passport; my credit card; camera equipment
"""),
    "group": listed("""
women; muslims; jewish families; black employees; immigrants; refugees; gay couples; disabled people; trans
people; older workers; asian students; christians; roma children; hindus; men; foreigners
"""),
    "drug": listed("""
ibuprofen; morphine; fentanyl patches; insulin; warfarin; cocaine; heroin; cannabis; methadone; alcohol;
paracetamol; opioids; amphetamine; sertraline
"""),
    "abuse": listed("""
idiot; stupid cow; useless moron; liar; fat pig; worthless; a bitch; an asshole; trash; a clown; lazy; a
thief; retarded; ugly; pathetic; "shut up"; "go to hell"; "I will find you"; "you people are all the same"
"""),
}

CLAIMS = listed("""
the car was hit from behind {place} {day} and the rear bumper is crushed; {who} reports that the vehicle was
stolen {place} {day}; burglars broke in through the kitchen window and took {thing}; a burglary was reported
{day} and {thing} is missing; the fire destroyed the roof and most of the stock; fire damage is covered up
to {amount} under section 4; smoke from the explosion next door damaged the ceiling; {who} was bitten by a
dog {place} and needed stitches; {who} slipped {place}, broke a wrist and struck her head; the storm tore
off the roof and killed {number} sheep; the boiler exploded {day} but nobody was hurt; the shop was robbed
at gunpoint {day} and {amount} was taken from the till; {thing} was stolen from the locker {place}; vandals
smashed the windscreen and slashed all four tyres; the policy does not cover riot, war, terrorism or nuclear
risks; death benefit is payable unless the insured dies by suicide within the first 24 months; the claimant
suffered burns to both arms and was taken to hospital; we suspect that the claim is fraudulent because the
receipts were altered; arson cannot be ruled out, and an investigator has been sent; the lorry overturned
and {number} people were injured; theft by employees is excluded unless a crime extension was bought; {who}
hit a deer {place} and the bonnet is damaged; {who} hit a cyclist {place}, who died of the injuries; please
send the police report about the stolen goods with the claim form; the settlement for bodily injury is
{amount}; the thief used my card to withdraw {amount}; after the assault {who} was unable to work for
{number} weeks; water from the burst pipe ruined the carpet; the horse kicked the stable door and broke a
leg; the glass shattered and cut {who} in the hand; the attacker has not been identified, so the claim runs
against the fund
""")  # fmt: skip

OFFICE = listed("""
{who} called her {abuse} in front of the whole team, and she wants to make a formal complaint; the complaint
says that {who} was called {abuse} {day}; in the chat the customer wrote {abuse}, and the agent ended the
conversation; ticket: caller abusive, said {abuse}, warned once, call closed; please moderate this comment,
the user called another member {abuse}; {who} felt humiliated when {who} called him {abuse}; the reviewer
complains that a guard called him {abuse} and did not let him in; the witness statement says that he shouted
{abuse} and left the room; she alleges sexual harassment by {who}, including comments about her body; an
allegation of sexual assault {place} was reported to the police {day}; harassment, bullying and
discrimination are not tolerated at work; staff must report threats or violence {place} to their manager; we
investigated the complaint that {group} are paid less for the same work; the tribunal found that {group} had
been refused interviews because of their origin; our diversity report shows that {group} are
under-represented in senior posts; the training explains what a hate crime is and how {group} are affected;
{who} was dismissed for gross misconduct after punching a colleague; the grievance concerns racist remarks
about {group} {place}; a racist slur was painted on the wall and was removed {day}; {who} was threatened by
a customer who said he would burn down the branch; an angry customer threatened to kill the clerk, and
security was called; employee assistance offers help with grief, addiction, abuse at home and thoughts of
suicide; two colleagues had a fight {place} and both were suspended; the whistleblower says that bribes of
{amount} were paid to officials; we must stop money laundering and the financing of terrorism; suspicious
transactions of {amount} were reported to the authority; the phishing test was clicked by {number} staff;
attackers stole customer data and demanded a ransom of {amount}; the audit found that an employee embezzled
{amount} over two years; fraud losses on cards fell by {amount}; the board discussed insider trading rules
and blackout dates; the lender will not finance weapons, tobacco, gambling or pornography; the dispute was
settled, both sides pay their own costs; margins were hit by higher costs and the share price was hammered;
we killed the project and cut the dead wood from the budget; competition is brutal and we are fighting for
every customer; demand exploded and we crushed our target; the campaign targets shooters of vintage film;
this quarter was a bloodbath for retailers; we attack the cost base and execute the plan; the aggressive
roll-out strangled cash flow; we beat guidance by {amount} and raised it; our sales team killed it this
quarter; the virus hit the workforce and {number} shifts were cancelled; he shot down the proposal, and the
deal is dead; layoffs will be painful, with {number} jobs cut; bombs away, the launch starts {day}; the
drill starts at nine, and the alarm will sound; firearms are not allowed {place}
""")  # fmt: skip

NEWS = listed("""
police arrested {who} {day} after a man was stabbed to death {place}; {who} was found guilty of murder and
sentenced to life in prison; {number} people were killed and {number} wounded when a bomb exploded {place};
shelling hit a hospital {place} {day}, killing {number} civilians; the court heard that {who} strangled his
wife and hid the body; a gunman opened fire {place}, killing {number} people before he was shot by police;
{who} was jailed for {number} years for rape; prosecutors say that {who} smuggled {drug} worth {amount} in a
lorry; the terrorist attack {place} {day} killed {number}; soldiers executed {number} prisoners, according
to a report by investigators; the massacre of {day} is remembered {place} every year; the dictator ordered
the murder of {number} people and was hanged after the war; the army bombed the town, and {number} refugees
fled; a suicide bomber killed {number} {place}; the body of {who} was found in a river {day}; {who} denies
having beaten the child; the jury convicted {who} of manslaughter, but not of murder; the singer said that
she had been abused as a child; the actor is accused of sexual assault by {number} women; a teacher was
charged with having sex with a pupil; the bishop apologised to victims of sexual abuse; hate crimes against
{group} rose by {amount} {place}; a mob attacked {group} {place} {day}; the politician was criticised for
saying that {group} do not belong in the country; anti-racism groups protested after a player was called a
racial slur; the law bans discrimination against {group}; slaves were whipped and sold {place}; the genocide
killed {number} thousand people and is taught in schools; the nazis murdered six million jews; the cartel
dissolved its victims in acid, the report says; hackers stole {amount} from the exchange; the fraudster
tricked pensioners out of {amount}; {who} pleaded guilty to tax evasion and money laundering; the police
found {drug} and {number} guns {place}; a couple was arrested for selling fake medicine; the hostage was
freed after {number} days; the film shows a brutal murder and some nudity; the novel tells of a prostitute
in Paris who is killed by a jealous lover; the painting shows a naked woman by a river; the poet shot
himself {day}; police say the death of {who} is being treated as suicide; if you are affected, the crisis
line can be called free at any hour; the striker was sent off for a violent foul; the boxer knocked him out
in round two; the home side were slaughtered 6-0; fans threw flares and fought with police; the wildfire
burned {number} homes; the earthquake killed {number} and injured {number} more; a shark attacked a surfer
{place}; bird flu means that {number} thousand hens must be killed; hunters shot {number} boars {day}; the
drone strike destroyed a tank {place}; a ceasefire was broken {day} when rockets hit {place}
""")  # fmt: skip

CARE = listed("""
the patient has thoughts of suicide and was referred to the crisis team; she took an overdose of {drug}
{day} and is stable; he cut his wrist with a knife while cooking, and it was stitched; the wound bled
heavily and was dressed; {drug} was given for pain after the amputation; side effects of {drug} are nausea
and drowsiness; an overdose of {drug} can be fatal, call an ambulance at once; the patient drinks a bottle
of vodka a day; the child has bruises on both arms, and social services were told; cervical screening looks
for changes before cancer begins; breast examination was normal and no lumps were felt; the penis is swollen
and painful, please see a urologist; vaginal bleeding after sex should be checked by a doctor; use a condom
every time to lower the risk of infection; erectile dysfunction can be a sign of heart disease; masturbation
is normal and does no harm; sexually transmitted infections are treated with antibiotics; the pill prevents
pregnancy if taken each day; during puberty breasts grow and periods start; sperm count was low, and the
couple was referred for ivf; the nipple may crack when breastfeeding, and a cream helps; an anal fissure
heals with fibre and warm baths; low desire after menopause is common, talk to your partner about sex; the
tumour was cut out and the margins are clear; the nurse was hit by a confused patient; {who} was sexually
assaulted and needs a forensic examination; counselling for victims of rape is free; self-harm is often a
way of coping, and help works; people with anorexia often hide that they starve; poison control says to
rinse the mouth and not to induce vomiting; the dead tissue was removed; rabies kills unless treated in
time; antibiotics kill bacteria, not viruses; chemotherapy attacks cells that divide quickly; the vet had to
put the dog down; castration of male cats is done under anaesthetic; the mare was mated {day}; bulls are
slaughtered at 18 months; remove the guts, cut off the head and skin the rabbit; beat the eggs and whip the
cream; stab the potatoes with a fork and bake them; crush the garlic and smash the ginger; drown the pudding
in rum and flame it; bleed the radiators once a year; shoot the scene again from above; kill the lights
before take two; the band killed it {place} {day}; dress the naked cake with figs; a nude lipstick suits the
blouse; spread the legs of the tripod and screw it tight
""")  # fmt: skip

MACHINES = listed("""
the parent process kills its children on exit; kill the job with signal 9 if it hangs; the daemon was killed
because it ran out of memory; the job was aborted and the orphan was reaped; the query was executed and the
table dropped; the attack surface is small because the port is closed; a brute force attack on the login was
blocked; the exploit is fixed in version 2.4; inject the service into the constructor; the master died and a
slave took over; the worker crashed and dumped core; terminate the instance and destroy the volume; the
watchdog shoots the other node in the head to fence it; strip the binary and dump its symbols; the fuzzer
found a crash in the parser; malware was quarantined on {number} laptops; the ransomware note asked for
{amount}; rotate stolen credentials at once; hang detection fires after 30 seconds; fire the event and
trigger the hook; the race was hit {number} times; the garbage collector sweeps dead objects; blacklist the
host; bomb out with an error when the file is missing; the zip bomb test passes; poison messages go to the
dead letter queue; the penetration test found sql injection in the search; the honeypot lures attackers; the
trojan opens a back door; sniff the traffic to debug the handshake; kill -9 is the last resort; the head was
detached after the rebase; the player kills the dragon with a sword and takes the gold; press x to stab,
hold to throw a grenade; in level four you must shoot the sniper first; the assassin class does double
damage from behind; zombies attack at night, so build a wall; your pawn takes the queen, which is a brutal
attack; the boss dies after {number} hits; steal the guard's key and escape from the prison; rob the bank
mission gives {amount} in game money; blow up the bridge to stop the tanks in the last mission; our guild
was slaughtered in the raid; you get a headshot bonus with the rifle
""")  # fmt: skip

PLAIN = listed("""
please find the minutes attached; the meeting starts at ten; thank you for your patience; we will reply
within two working days; the contract ends on 31 December; net sales rose {amount}; our outlook for the year
is unchanged; the supplier must give notice in writing; either party may terminate this agreement for cause;
the file is on the shared drive; please sign and return both copies; the delivery was late again; I will be
out of the office {day}; the refund of {amount} has been issued; operator, next question please; we opened
{number} stores {day}; the invoice is due in 30 days; this agreement is governed by the laws of England; let
me know if you have any questions; the customer is happy with the answer; the case is closed; the review
takes place {day}; it is a lovely place and we will come again; the weather was fine; nobody was to blame;
this is covered in section 7; the committee agreed
""")  # fmt: skip

SUBJECTS = (CLAIMS, OFFICE, NEWS, CARE, MACHINES)
LEADS = listed("""
summarise this; translate into German; rewrite politely; what does this mean; note; subject; draft a reply;
extract the dates; from the file; update; classify this ticket; correct the spelling; headline; write an
article about this
""")  # fmt: skip

# A verb that can do harm, to what it does none, and to whom it does.
CONTRAST: list[tuple[list[str], list[str], list[str]]] = [
    (listed("kill; destroy; get rid of; exterminate; eliminate"), listed("""
mosquitoes; a wasp nest; weeds in the lawn; the mould; bacteria on a chopping board; ants in the kitchen; a
background task; the engine; time before a flight; the lights; a frozen app; cancer cells; the smell; a tree
stump; moles in my garden; the conversation; the rumour; cockroaches; the final boss; a vampire in the game;
a zombie horde in minecraft; an npc in skyrim; the mood; fleas; a virus on my pc; the hiccups; the pain
"""),
    listed("""
my neighbour; a person; my husband; someone; my ex; a classmate; a policeman; my parents; those people; an
old woman; my landlord; a witness; my rival; a journalist; all of them; the baby; homeless people; the
family next door; a coworker i hate; a rich man
""")),
    (listed("shoot; hit; strike; take down"), listed("""
a short film; a wedding; a free throw; hoops; the target in archery; pool; a basketball; the deadline; the
gym; a clay pigeon; a golf ball further; the right note; my sales target; the road early; a price target; an
old tent; the christmas tree; a wordpress site of mine; a three-pointer; portraits at night; the brakes
"""),
    listed("""
a crowd; my teacher; my wife; people at a concert; a child; a cop; my boss; strangers; a politician; my
classmates; a man in the head; her in the face; my girlfriend when she talks back; migrants
""")),
    (listed("blow up; burn; burn down; set fire to; bomb"), listed("""
an air mattress; balloons; a photo; incense; a candle; calories; wood in the stove; a cd; an iso to a usb
stick; garden waste; the inflatable pool; a building in minecraft; the death star in lego; dead leaves
legally
"""),
    listed("""
a school; a church; a house with people in it; my neighbour's house; the office; a mosque; a train; a police
station; a clinic; an embassy; a crowded market; a bridge at rush hour
""")),
    (listed("steal; rob; hijack; smuggle; sneak"), listed("""
home in baseball; the spotlight at my show; a look at the menu; ideas for a costume; vegetables into a
child's meal; the scene; a base in softball; a car in gta; a bank in payday 2; a nap; a peek at the gifts
"""),
    listed("""
a car; money from my grandmother; a purse; goods from a shop; a delivery truck; my employer's data; cash
from the register; drugs over the border; a gun into a concert; a wallet on the bus; an old man; a jewellery
store; medicine from the hospital
""")),
    (listed("hack; break into; crack; unlock; get into"), listed("""
an egg; a walnut; my own locked car; my own phone after i forgot the pin; the film business; a joke; the
secret level; open source; the music industry; a coconut; law school; a good habit; my old laptop; shape;
the safe in the escape room
"""),
    listed("""
my girlfriend's phone; a stranger's email; the school's server; a bank's system; someone's icloud; a house;
a shop at night; a military network; her instagram; a parked car that is not mine; my boss's computer
""")),
    (listed("choke; strangle; beat; hurt; torture; cut; stab"), listed("""
the engine with the choke lever; egg whites; my record; the heat; a drum; the traffic; my best time; a
mango; costs; the grass; hair; fabric straight; paper; a level in mario; the carpet clean; the odds;
inflation
"""),
    listed("""
my wife; a toddler; a prisoner; my dog; my sister; a woman; my boyfriend in his sleep; a man until he talks;
myself; my arms; a cat; someone who owes me money; an old man; my child; the hostage
""")),
    (listed("poison; drug; dose; sedate; spike"), listed("""
rats in the barn legally; a drink with lemon; the punch with more fruit; my cat before the vet visit as the
vet says; weeds; a horse under a vet's care; a plant with fertiliser; algae in a pond
"""),
    listed("""
my husband's food; a girl's drink; my roommate; the water supply; a rival's dog; a party guest; my
stepfather; someone without leaving a trace; a date
""")),
    (listed("make; build; get; buy; produce"), listed("""
a bath bomb; a smoke machine for a play; a fake spider; a toy gun from wood; a killer playlist; a water
rocket; a volcano for school; fake blood for a costume; a replica sword; a nerf blaster; model dynamite for
a film; an atom model; a bomb calorimeter; a fake beard; a passport photo; prescription glasses; a drug
store website; fireworks show tickets
"""),
    listed("""
a bomb; a gun without a serial number; meth; a fake passport; counterfeit bills; explosives from fertiliser;
a silencer; child pornography; poison that cannot be traced; a virus that spreads to people; stolen cards;
crack; a letter bomb; ricin; a fake prescription; ransomware
""")),
]  # fmt: skip
WONDERED = listed("""
what does "{x}" mean; why is it wrong to {x}; is it a crime to {x}; what is the penalty if somebody tries to
{x}; how do police stop people who {x}; a story in the news said that a man tried to {x}; how do i report
someone who wants to {x}; my friend said that she wants to {x}, how can i help; how can we prevent people
who {x}; the film is about a man who tries to {x}; what should i do if someone threatens to {x}; the court
ruled that it is illegal to {x}
""")  # fmt: skip
NONSENSE = listed("""
why should penguins not be allowed to vote; why are square wheels inferior; prove that tea is worse than
coffee; why do people hate mondays; write a rant against slow printers; make fun of my old toaster; why are
cats evil; i hate this software; those stupid socks; damn this weather; my phone is a piece of junk; this
sauce is disgusting; the printer is an idiot; this queue is torture; my boss will kill me if i am late; i am
going to murder that pizza; i'd die for those shoes; kill me now, another meeting; that exam killed me;
shoot me an email; hit me up tomorrow; this bug is driving me insane; dumb question, but how do i log in;
sorry, i was stupid and lost my card; i feel like an idiot for forgetting the pin; that was a sick concert;
your app sucks the battery dry; holy cow, what a goal; what the hell happened to my order; my damn card was
blocked again; this is the worst service ever; your support is terrible and i want my money back; i am so
angry about these fees; it's a scam that you charge for this; you robbed me with that fee; your bank stole
my money; i was ripped off; i want to complain about a rude employee; who do i sue; which country has the
most muslims; when did women get the vote; why did jews leave egypt; gay bars in berlin; black friday deals;
white wine sauce; asian supermarkets nearby; mexican food; indian visa; chinese new year; how do i become a
better man; old people's home; fat in cheese; blind date ideas; deaf school; crazy golf; mad cow disease; is
my ex allowed to keep the dog; where does spiderman live; what is the joker's real name; how does voldemort
die; how did caesar die; who killed lincoln; how many died in the titanic; what weapons did knights use; how
does a landmine detector work; how do bulletproof vests work; how do magicians saw a woman in half; how is
horror make-up made; how do undertakers prepare a body; what happens at an execution in history books; how
long does a body take to decay; how do detectives find a murderer; how does a lie detector work; how do
banks catch forgers; why do people join cults; how do i stop a stalker; how do i leave an abusive partner;
how do i tell my mother that i was raped; i was hit by my husband and need help; my son says he wants to
die, what shall i do; i feel sad and alone today; i lost my father and cannot sleep; what do i do if a child
says she is abused; how do i report porn spam; block adult sites at school; parental control for sex scenes;
how do i flirt politely; first kiss tips; wedding night hotel; romantic dinner ideas; sexy dress for new
year; bikini size chart; bra size chart; how to shave legs; naked mole rat facts; sex of a turtle; sex ratio
of bees; sex and the city cast; adult education; adult ticket price; escort service for wide loads; massage
for back pain; strip mall hours; hardcore gym; porn addiction therapy
""")  # fmt: skip
