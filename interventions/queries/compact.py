"""The versions of the compact of the drug-free unit."""

from interventions.models import CompactTerms

# What a prison that has no compact yet begins to write from.
STANDARD = """Why you live here: This unit is for people who want to live without drugs. You chose to come.
No drugs and no drink: You do not use, keep or share drugs or alcohol. This goes for medicine that is not yours too.
Tests: We ask you for a test now and then. You give a sample when we ask.
If a test is positive: We talk with you first. It is not a charge, and no days are added. It may mean that you have to leave the unit.
Groups and sessions: You come to what you said you would come to. If you cannot, you tell us before.
Others here: You treat people with respect. You do not tell others what is said in the group.
Reviews: We sit down with you about every four weeks. You say how it goes, and so do we.
If you want to leave: You can leave at any time. Tell your worker. It does not count against you.
What we do: We see you regularly, we tell you why we ask for something, and we keep your place while you are at court."""


def versions(user):
    """Every version in the prison of ``user``, the newest first."""
    return CompactTerms.objects.visible_to(user)


def current(user):
    """The version that people sign today; None before the first is written."""
    return CompactTerms.objects.current(user.prison_id)
