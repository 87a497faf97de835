from interventions.formats import reasons


def test_the_standard_lists_are_whole():
    """The codes of domain.md 6.2."""
    listed = reasons.of(reasons.NOT_COMPLETED)

    assert (
        " ".join(sorted(listed)) == "1A 1B 2A 2B 2C 2D 2E 2F 3A 3B 3C 3D 3E 4A 4B 4C 4D 4E 5A 5B 5C 5D 6A 6B 6C 6D 7 7A"
    )
    assert {reason.source for reason in listed.values()} == {"NOMIS"}
    standard = [reason.label for reason in reasons.of(reasons.NOT_STARTED).values() if reason.source == "NOMIS"]
    assert standard == [
        "Length of sentence", "Healthcare", "Education", "Security", "Incentive level", "Released", "Transferred",
    ]  # fmt: skip


def test_what_the_product_chooses_itself_is_in_its_list():
    for code in [reasons.DIED, reasons.TIME_SERVED, reasons.FROM_COURT, reasons.OTHER]:
        assert code in reasons.of(reasons.NOT_COMPLETED)
    for code in [
        reasons.DIED,
        reasons.RELEASED,
        reasons.TRANSFERRED,
        reasons.PROGRAMME_ENDED,
        reasons.OTHER_NOT_STARTED,
    ]:
        assert code in reasons.of(reasons.NOT_STARTED)


def test_label_says_the_reason_and_leaves_an_unknown_code():
    assert (reasons.label("5D"), reasons.label("N3"), reasons.label("9Z")) == (
        "Missed too many sessions",
        "Education",
        "9Z",
    )


def test_choices_stand_in_groups():
    groups = [group for group, _ in reasons.choices(reasons.NOT_STARTED)]

    assert groups == ["Standard list", "Our own"]
