"""Who works at the agencies, when somebody is there, and those departments and services to which nobody is handed over."""

from casework.models import Agency, AgencyArea, AgencyPerson

Kind = Agency.Kind
OFFICE = "Monday to Friday 9 to 5"
DIP = f"{OFFICE}, Wednesday until 7. At other times the answerphone is heard each working morning."
# name, kind, areas, opening
OTHERS = [
    ("Harbour Lights Families (fictional)", Kind.VOLUNTARY, ["Liverpool", "Sefton"], f"{OFFICE}, Saturday 10 to 1"),
    ("Open Door Recovery Café (fictional)", Kind.VOLUNTARY, ["Liverpool", "Wirral"], "Every day 11 to 8"),
    ("Mersey Clinical Services (fictional)", Kind.CLINICAL, ["Liverpool", "Knowsley"], "Monday to Saturday 8 to 8"),
    ("Drug testing, HMP Liverpool", Kind.TESTING, [], "Monday to Friday 8 to 4.30"),
    ("Segregation unit, HMP Liverpool", Kind.SEGREGATION, [], "Always"),
    ("Safer custody, HMP Liverpool", Kind.SAFER, [], "Every day 7.30 to 5.30; at night the orderly officer"),
    ("Healthcare, HMP Liverpool", Kind.HEALTHCARE, [], "Always; the pharmacy every day 8 to 5"),
    ("Housing options desk (fictional)", Kind.OTHER, ["Liverpool"], f"{OFFICE}, by appointment"),
]
# name of the agency: its people, the point of contact first
PEOPLE = {
    "Liverpool DIP": [
        ("Lou Fictwell", "Release lead"),
        ("Quinn Specimenby", "Recovery worker"),
        ("Rory Examplewell", "Recovery worker"),
        ("Sal Formerley", "Recovery worker"),
    ],
    "Wirral DIP": [("Win Draftwell", "Release worker"), ("Ivy Sampleford", "Team manager")],
    "Sefton Recovery Service": [("Noor Placeholder", "Prison link worker"), ("Gil Mockridge", "Duty worker")],
    "Knowsley DIP": [("Tess Trialwood", "Release worker"), ("Obi Dummyson", "Team manager")],
    "St Helens DIP": [("Hal Testbourne", "Release worker")],
    "Wigan DIP": [("Fern Notionhurst", "Single point of contact"), ("Abdi Exemplarson", "Duty worker")],
    "Blackburn DIP": [
        ("Maximiliana Featherstonehaugh-Placeholder", "Criminal justice co-ordinator, east and west teams")
    ],
    "Merseyside Probation (fictional)": [("Uma Inventley", "Resettlement officer"), ("Vic Trialley", "Court duty")],
    "Harbour Lights Families (fictional)": [("Joy Mockwell", "Family worker")],
    "Open Door Recovery Café (fictional)": [("Bo Nobodyham", "Volunteer co-ordinator")],
    "Mersey Clinical Services (fictional)": [("Dr Zia Templeton-Test", "Lead prescriber"), ("Kay Pilotley", "Nurse")],
    "Drug testing, HMP Liverpool": [("Officer Rae Sampletaker", "Testing officer")],
    "Segregation unit, HMP Liverpool": [("Officer Dee Blankley", "Custodial manager")],
    "Safer custody, HMP Liverpool": [("Officer Jan Careworth", "ACCT co-ordinator"), ("Mo Listenby", "Case manager")],
    "Healthcare, HMP Liverpool": [("Nurse Cam Wardley", "Clinical substance misuse lead")],
}
LEFT = {"Sal Formerley"}


def fill(world, opened):
    """Add the other agencies, and the people and times of all; a second prison finds them in the book. Departments tell this one things."""
    for name, kind, areas, opening in OTHERS:
        agency, new = Agency.objects.get_or_create(name=name, defaults={"kind": kind, **_ways(name)})
        if new:
            AgencyArea.objects.bulk_create(AgencyArea(agency=agency, area=area, from_on=opened) for area in areas)
            Agency.objects.filter(pk=agency.pk).update(opening=opening)
        if agency.is_department:
            world.departments.append(agency)
    Agency.objects.filter(name__in=PEOPLE, opening="").update(opening=DIP)
    for agency in Agency.objects.filter(name__in=PEOPLE, people=None):
        AgencyPerson.objects.bulk_create(_people(world, agency))


def _people(world, agency):
    """Whoever works there, the first as the point of contact; the housing desk has nobody, for such there are too."""
    for place, (name, post) in enumerate(PEOPLE[agency.name]):
        yield AgencyPerson(
            agency=agency,
            name=name,
            post=post,
            phone=f"0151 496 00{10 + place}",
            email=f"{word(name.split()[-1])}@{word(agency.name)}.example",
            is_contact=place == 0,
            ended_on=world.today if name in LEFT else None,
        )


def word(name):
    """A name as a part of addresses and user names."""
    return name.split(" (")[0].split(",")[0].lower().replace(" ", "-").replace("é", "e")


def _ways(name):
    return {"mailbox": f"duty@{word(name)}.example", "phone": "0151 496 0000"}
