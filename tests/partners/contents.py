"""What the writer of a handover said. Nobody here is real."""

FULL = {
    "person": {"area": "Liverpool", "contact": "07700 900123"},
    "custody": {"release_time": "09:30", "release_note": "May be a day earlier", "licence": "", "offender_manager": ""},
    "overdose_risk": "High. No opioids since January.",
    "use": {
        "substances": [
            {"substance": "Heroin", "route": "Smoked", "last_used": "January", "before": "Daily", "now": "None"}
        ],
        "tolerance": "Lost",
    },
    "risks": [{"risk": "Withdrawal fit", "detail": "One in January"}, {"risk": "See in pairs"}],
    "treatment": {"wants": "To stay well", "summary": "", "outstanding": "Housing"},
    "clinical": None,
    "naloxone": {"answer": "Given", "detail": "Trained on 8 June"},
    "harm_reduction": ["Overdose and lost tolerance", "Told of the drop-in"],
    "appointment": None,
    "no_appointment_because": "The team telephones on Monday",
}
