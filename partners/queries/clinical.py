"""Whether the clinical side stands by what a handover says of prescribed treatment."""

import hashlib
import json


def digest(content):
    """What the clinical side confirms: the words of the clinical part, or that there are none."""
    said = json.dumps(content.get("clinical") or None, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def confirmation(handover, content=None):
    """Who confirmed the clinical part as it reads now, and when; None where nobody did."""
    wanted = digest(handover.content if content is None else content)
    return handover.clinical_parts.select_related("by").filter(digest=wanted).first() if handover.pk else None
