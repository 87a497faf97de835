"""Contents of handover packs: the least there can be, an ordinary one, and troublesome ones. Nobody here is real."""

from copy import deepcopy

MINIMAL = {
    "pack": {"number": "LPI-2026-0001"},
    "recipient": {"agency": "Wirral Recovery"},
    "person": {"name": "Sam Sample"},
}

ORDINARY = {
    "pack": {"number": "LPI-2026-0042", "amendment": 1},
    "recipient": {"agency": "Liverpool Community Drug Team", "contact": "Pat Pretend, single point of contact"},
    "sender": {
        "name": "Kit Keyworker",
        "role": "Keyworker",
        "team": "Drug and alcohol team, A wing office",
        "telephone": "0151 496 0000",
        "email": "handover@prison.example",
        "answer": "Sign in and acknowledge this pack by Tuesday 30 June 2026, or telephone the team.",
    },
    "person": {
        "name": "Florian O’Brien-Świątek",
        "date_of_birth": "1984-03-03",
        "number": "A1234AA",
        "area": "Liverpool",
        "contact": "07700 900123 (own telephone, returned at the gate)",
    },
    "custody": {
        "prison": "HMP Liverpool",
        "wing": "A wing, cell A-2-014",
        "received_on": "2026-01-12",
        "legal_status": "Sentenced, 12 months",
        "release_on": "2026-07-03",
        "release_time": "09:30",
        "release_note": "The date may move forward to Thursday 2 July 2026, because it falls on a Friday.",
        "licence": "Licence until 3 January 2027; reports to probation on the day of release.",
        "offender_manager": "Olive Officer, Liverpool probation office, 0151 496 0111",
    },
    "appointment": {
        "agency": "Liverpool Community Drug Team",
        "on": "2026-07-03",
        "time": "14:00",
        "person": "Robin Recovery",
        "address": "The Old Mill, 12 Example Street, Liverpool L1 0AA",
        "travel": "Met at the gate by the peer mentor, then the number 20 bus; ticket given.",
        "if_missed": "Telephone him the same day; open access every weekday 10:00 to 16:00 until 17 July.",
    },
    "overdose_risk": "High. He used heroin and crack together before custody and has not used opioids since 14 January "
    "2026. His old dose could now kill him.",
    "risks": [
        {"risk": "Alcohol withdrawal fit", "detail": "One fit in January 2026, on the second day in custody."},
        {"risk": "Self-harm, past", "detail": "A flag only: last in 2023. Ask how he is at each meeting."},
        {"risk": "Staff safety", "detail": "See him in pairs at the first meeting."},
    ],
    "use": {
        "substances": [
            {
                "substance": "Heroin",
                "before": "Daily, about 0.5 g",
                "route": "Smoked",
                "now": "None since reception",
                "last_used": "11 January 2026",
            },
            {
                "substance": "Crack cocaine",
                "before": "Three or four days a week, £40",
                "route": "Smoked",
                "now": "None",
                "last_used": "11 January 2026",
            },
            {"substance": "Alcohol", "before": "Daily, 15 units", "route": "Oral", "now": "None"},
            {
                "substance": "Synthetic cannabinoids",
                "before": "Never",
                "route": "Smoked",
                "now": "Twice in February",
                "last_used": "20 February 2026",
            },
        ],
        "tolerance": "Lost. Nearly six months without opioids outside the prescription; he knows that his old dose is "
        "dangerous.",
    },
    "chart": {
        "title": "Days of use in each four weeks",
        "description": "Days of use in each four weeks fell from 28 before custody to 2 in February and none since.",
        "svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 160">'
        + "".join(
            f'<rect x="{40 + 90 * place}" y="{140 - 4 * days}" width="60" height="{4 * days}" fill="#15505d"/>'
            for place, days in enumerate([28, 6, 2, 0, 0, 0])
        )
        + '<line x1="20" y1="140" x2="590" y2="140" stroke="#4d575e"/></svg>',
    },
    "treatment": {
        "triaged_on": "2026-01-14",
        "assessed_on": "2026-01-26",
        "wants": "To stay on his prescription, to see his daughter again, and to find work as a plasterer.",
        "summary": "Settled on methadone by February. He has kept every appointment since and became a peer supporter "
        "on the drug-free unit in May.",
        "outstanding": "Housing: the application to the council was sent on 2 June and has no answer yet.",
        "goals": [
            {"goal": "Stay off heroin", "progress": "Met so far: tests negative, says so himself."},
            {"goal": "Know what to do in an overdose", "progress": "Met: naloxone training on 8 June."},
            {"goal": "A place to live", "progress": "Open: waits for the council."},
        ],
        "contacts": [
            {"kind": "Structured one-to-one", "count": 14, "last_on": "2026-06-18"},
            {"kind": "Seen on the wing", "count": 22, "last_on": "2026-06-22"},
        ],
        "groups": [
            {"group": "Relapse prevention", "attended": "8 of 8", "outcome": "Completed"},
            {"group": "Mutual aid meeting", "attended": "11 of 14", "outcome": "Goes on"},
        ],
    },
    "clinical": {
        "author": "Nurse Nora Notional",
        "stated_on": "2026-06-24",
        "medicines": [
            {
                "medicine": "Methadone mixture 1 mg/ml",
                "dose": "45 ml each day",
                "last_dose": "3 July 2026, 08:00",
                "supervised": "Yes",
            },
            {"medicine": "Thiamine", "dose": "100 mg twice a day", "last_dose": "3 July 2026", "supervised": "No"},
        ],
        "prescription": "Seven days from 4 July, supervised, at Example Pharmacy, Walton Road.",
        "next_prescriber": "Liverpool Community Drug Team, from 11 July.",
        "summary": "No fits since January. Liver function normal in May.",
    },
    "naloxone": {"answer": "Accepted", "on": "2026-07-03", "detail": "Kit with his property; trained on 8 June."},
    "blood_borne_viruses": {
        "tested_on": "2026-01-20",
        "result": "Hepatitis C antibody negative",
        "vaccination": "Hepatitis B, three of three",
    },
    "harm_reduction": [
        "Overdose and lost tolerance, with the leaflet",
        "Not using alone; recovery position",
        "Needle exchange in Walton and its opening times",
    ],
    "consents": [
        {"scope": "Treatment and appointment", "given_on": "2026-06-01", "expires_on": "2027-06-01"},
        {"scope": "Clinical summary", "given_on": "2026-06-01", "expires_on": "2027-06-01"},
        {"scope": "Blood-borne virus tests", "given_on": "2026-06-01", "expires_on": "2026-12-01"},
    ],
    "amendments": [{"number": 1, "on": "2026-06-25", "changed": "The appointment is at 14:00, not at 11:00."}],
}


def without(*keys):
    """The ordinary content without some of its parts."""
    return {key: deepcopy(part) for key, part in ORDINARY.items() if key not in keys}


def no_appointment():
    reason = "He goes to an approved premises whose address is settled only on the day; the agency will telephone him."
    return without("appointment") | {"no_appointment_because": reason}


def long_names():
    content = without()
    village = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
    content["person"]["name"] = f"Þorgerður-Nguyễn {village}-Wolfeschlegelstein"
    content["person"]["contact"] = "wolfeschlegelsteinhausenbergerdorff.welchevoralternwaren@very-long-name.example"
    content["recipient"]["agency"] = (
        "Knowsley, St Helens and Wigan Integrated Community Recovery and Aftercare Partnership"
    )
    content["appointment"]["agency"] = content["recipient"]["agency"]
    content["use"]["substances"][0]["substance"] = "Methylenedioxymethamphetamine"
    content["use"]["substances"][1]["route"] = "Intramuscularly/subcutaneously"
    content["sender"]["email"] = "drug-and-alcohol-team.release-handover@a-very-long-name.prison.example"
    return content


NOTE = (
    "He came to the session on time and spoke about the week, which had been hard after bad news from home, and about "
    "what he will do in the first days after release. "
)


def long_text():
    """One note of 5,000 characters and long lists: about five pages."""
    content = without()
    paragraph = NOTE * 5
    content["treatment"]["summary"] = "\n\n".join([paragraph.strip()] * 7)[:5000]
    content["treatment"]["goals"] *= 4
    content["risks"] *= 3
    content["treatment"]["groups"] *= 5
    return content


def very_long():
    """Four notes of 5,000 characters."""
    content = long_text()
    note = content["treatment"]["summary"]
    content["treatment"]["wants"] = content["treatment"]["outstanding"] = content["use"]["tolerance"] = note
    return content


def markup():
    """Text that a typesetter could take for commands."""
    content = without()
    content["person"]["name"] = "#import *Bold* $x$"
    content["overdose_risk"] = (
        '#import "@preview/x:1.0.0": * and $x^2$ *bold* _it_ @ref <label> `raw` = head // gone \\ "#panic()"'
    )
    content["treatment"]["wants"] = '- not a list\n+ nor this\n/ term: no\n#sys.inputs #read("pack.py") ~~ -- ---'
    return content
