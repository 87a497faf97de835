"""The front door: who asked, why and when, and what the duty worker decided; a module for each noun."""

from referrals.models.duty import Attempt, Claim, Hold
from referrals.models.kiosk import KioskLink
from referrals.models.offer import Offer
from referrals.models.referral import Referral
from referrals.models.slip import Slip
from referrals.models.source import Sign, Source, Want
from referrals.models.triage import Triage

__all__ = [
    "Attempt",
    "Claim",
    "Hold",
    "KioskLink",
    "Offer",
    "Referral",
    "Sign",
    "Slip",
    "Source",
    "Triage",
    "Want",
]
