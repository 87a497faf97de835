"""Short words that people write: invented, plain, and never about anybody."""

DRUGS = {
    "Spice": 26,
    "Heroin": 20,
    "Crack cocaine": 18,
    "Alcohol": 20,
    "Cannabis": 14,
    "Cocaine": 14,
    "Pregabalin": 7,
    "Diazepam": 7,
    "Steroids": 3,
    "Buprenorphine not prescribed": 3,
}
OPIATES = {"Heroin", "Buprenorphine not prescribed"}
REASONS = {
    "RECEPTION": [
        "Screened at reception: used {drug} up to arrest.",
        "Told the reception nurse about {drug}. Agreed to be seen.",
        "Positive screen at reception. Withdrawing, seen by IDTS.",
        "Known to the team from before. Asked to be seen again.",
    ],
    "SELF": [
        "Put in an application: wants help with {drug}.",
        "Asked on the landing. Worried about using {drug} again on release.",
        "Wants to join a group. Says {drug} has cost him enough.",
        "Asked for someone to talk to about {drug}.",
    ],
    "OFFERED_AGAIN": ["Offered again: declined some weeks ago, wants to be seen now."],
    "INTERNAL": [
        "Staff think he is using {drug} on the wing.",
        "Found under the influence. Seen by healthcare, back in his cell.",
        "Debt on the wing, probably {drug}.",
        "Positive test for {drug}. He agreed to a referral.",
        "Asked healthcare about {drug}; they pass it on.",
    ],
    "EXTERNAL": [
        "Was in treatment for {drug} in the community. Please pick up.",
        "Court report mentions {drug}. Please see.",
        "Family rang, worried about {drug}. He knows they did.",
        "Came with an open file from his last prison.",
    ],
}
NEEDS = [
    "Used {drug} most days before custody.",
    "No use in custody by his account.",
    "Has used {drug} since coming in.",
    "Wants to stop, not sure how.",
    "Wants to cut down first.",
    "Prescribed by IDTS; wants support beside it.",
    "Nowhere to live on release.",
    "Family are supportive.",
    "Sleeping badly.",
    "Would like a group as well as one-to-one.",
    "Has been to mutual aid before and liked it.",
    "Overdosed once, two years ago by his account.",
    "Does not want a group for now.",
]
FOUND = [
    "Talked through the week.",
    "Came on time and talked freely.",
    "Quiet to begin with.",
    "In good spirits.",
    "Low today; says so himself.",
    "Tired after a bad night.",
    "Had news from home.",
    "Brought his worksheet, half done.",
]
WORK = {
    "ONE_TO_ONE": [
        "Mapped what happens before he reaches for {drug}.",
        "Looked at the last lapse step by step.",
        "Went over the care plan; two goals done.",
        "Practised how to say no when {drug} is offered.",
        "Made a list of people who would notice if he slipped.",
        "Planned the first week outside, day by day.",
        "Weighed what {drug} gives and what it costs him.",
        "Talked about sleep and what helps without {drug}.",
    ],
    "BRIEF": [
        "Seen at his door. All well.",
        "Caught him on the landing; reminded him of Thursday.",
        "Quick check. No cravings to speak of.",
        "Asked about the group list. Put his name down.",
        "Dropped off the worksheet.",
        "Checked how the new cell is going.",
    ],
    "HARM_REDUCTION": [
        "Tolerance after custody, and why the first week is the worst.",
        "Naloxone shown and tried on the trainer.",
        "Talked about what is in {drug} at the moment.",
        "Safer use, and who to ring. Took the leaflet.",
    ],
    "ASSESSMENT": ["Initial assessment done in full.", "Initial assessment. Explained consent and what we do."],
    "ACCT": ["Attended the review and wrote in the folder.", "Review held. Next one set. Entry made in the folder."],
    "SEGREGATION": ["Seen in segregation. Wants to carry on when he is back.", "Seen at the door with the officer."],
    "RELEASE": [
        "Went through the release plan.",
        "Agreed who he meets on the first day.",
        "Housing form sent. Appointment still to be confirmed.",
        "Naloxone offered and accepted.",
    ],
    "ADVICE": ["Asked what we offer. Gave the leaflet.", "Question about drug testing. Answered.", "Advice on {drug}."],
    "LETTER": ["Letter to his community team.", "Rang the community team; message left.", "Letter of support written."],
    "DROP_IN": ["Came to the drop-in.", "Stayed for the speaker.", "Came for tea, stayed for a talk."],
}
NEXT = [
    "Next week, same time.",
    "Next: worksheet two.",
    "To bring the diary next time.",
    "See him in a fortnight.",
    "Will ask about the group.",
    "Nothing needed before next time.",
]
TOPICS = [
    "Triggers and cravings",
    "Steroid awareness",
    "Gambling",
    "Families",
    "Spice: what we know",
    "Alcohol and me",
    "Staying stopped",
    "SMART Recovery",
]
IN_GROUP = ["Took part.", "Listened, said little.", "Spoke well.", "Helped another man along.", "Stayed to the end."]
LEFT = "Left before he could be seen."
UNTAKEN = {
    "DECLINED": "Does not want support now. Knows how to ask. To be offered again in four weeks.",
    "INAPPROPRIATE": "Nothing for this team. Passed to healthcare with his agreement.",
}


def drugs(rng):
    """One to three substances, the main one first."""
    drawn = rng.choices(list(DRUGS), DRUGS.values(), k=rng.choice([1, 2, 2, 3]))
    return list(dict.fromkeys(drawn))


def reason(rng, source, stay):
    """Why somebody was referred, as the referrer would write it."""
    group = source.code if source.code in REASONS else source.group
    return _about(rng, rng.choice(REASONS[group]), stay)


def needs(rng, stay):
    """What an initial assessment found."""
    return " ".join(_about(rng, line, stay) for line in rng.sample(NEEDS, rng.randint(3, 5)))


def contact(rng, code, stay, topic=""):
    """What was done, in a line or three."""
    if topic:
        return f"{topic}. {rng.choice(IN_GROUP)}"
    lines = [_about(rng, rng.choice(WORK[code]), stay)]
    if code == "ONE_TO_ONE":
        lines = [rng.choice(FOUND), *lines, rng.choice(NEXT)]
    return " ".join(lines)


def _about(rng, line, stay):
    return line.format(drug=rng.choice(stay.drugs).removesuffix(" not prescribed").lower())
