"""Unsaved text: which page and form it belongs to, and what a page needs to keep it and to offer it again."""

import re
import uuid
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import cached_property

from django.core import signing
from django.http import QueryDict

from casework.models import Draft, Person

TOKEN = "draft_token"
USE = "draft"  # in an address: the key of the draft to fill the form with
SALT = "casework.drafts"
LONGEST_ADDRESS = 500
OFFERED = 3
PAGE = 25
# Not typed by anybody, so not shown where a form can no longer be opened.
UNSEEN = {"csrfmiddlewaretoken", TOKEN, "nonce", "version", "seen", "save"}

# What was chosen and not typed: a code or the key of a row.
CODE = re.compile(r"[A-Z0-9_]+")

# The request that is being answered, as its forms need to know it; set by the middleware.
asked = ContextVar("asked", default=None)


@dataclass(frozen=True)
class Page:
    """One opening of one form: whose, under which key, where, what it is called, and about whom."""

    user: int
    key: str
    path: str
    called: str
    person: int | None

    @property
    def token(self):
        """This, signed: only pages of ours can have a draft kept, and only under the name of who opened them."""
        return signing.dumps(asdict(self), salt=SALT, compress=True)

    @property
    def use_url(self):
        """The address at which its form is filled with what was typed."""
        return Draft(path=self.path, key=self.key).use_url


def read(token, user):
    """The page that ``token`` was signed for, or None where it is not of our making or was opened by somebody else."""
    try:
        page = Page(**signing.loads(token or "", salt=SALT))
    except signing.BadSignature:
        return None
    return page if page.user == user.pk else None


class Asked:
    """One request: the page it came from, the drafts there are for it, and the forms that were made to answer it."""

    def __init__(self, request):
        self.request, self.forms = request, []

    @cached_property
    def path(self):
        """The address without what we put into it ourselves."""
        words = self.request.GET.copy()
        words.pop(USE, None)
        path = self.request.get_full_path().partition("?")[0]
        return f"{path}?{words.urlencode()}" if words else path

    @cached_property
    def sent(self):
        """The page whose form is being sent, or None."""
        return read(self.request.POST.get(TOKEN), self.request.user) if self.request.method == "POST" else None

    @cached_property
    def offered(self):
        """The drafts of this page, newest first, when it is opened."""
        if self.request.method != "GET" or not self.request.user.is_authenticated:
            return []
        drafts = list(Draft.objects.visible_to(self.request.user).of_page(self.path)[:OFFERED])
        for draft in drafts:
            draft.path = self.path  # It may have been typed under a number that was merged into this one.
        return drafts

    @property
    def used(self):
        """The draft that the address asks to fill the form with, or None."""
        wanted = self.request.GET.get(USE)
        return next((draft for draft in self.offered if str(draft.key) == wanted), None)

    @property
    def saved(self):
        """Whether the answers that were sent were taken: checked, nothing refused, and not shown to be mended."""
        return any(form.is_taken for form in self.forms) and not any(form.is_refused for form in self.forms)

    def page(self, form):
        """The page as ``form`` on it names it. A form that is shown again after a refusal stays the same opening."""
        if self.sent:
            return self.sent
        if not self.request.user.is_authenticated or len(self.path) > LONGEST_ADDRESS:
            return None
        return Page(
            user=self.request.user.pk,
            key=str(form.draft.key if form.draft else uuid.uuid4()),
            path=self.path,
            called=(form.called or form.save_text)[:80],
            person=getattr(self.request, "opened_person_id", None),
        )


def fields(sent):
    """The names and values of a form that was sent, as a draft keeps them. Never a password."""
    return [
        [_storable(name), _storable(value)]
        for name, values in sent.lists()
        for value in values
        if name not in {"csrfmiddlewaretoken", TOKEN} and "password" not in name.lower()
    ]


def _storable(text):
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def as_sent(draft):
    """The names and values of ``draft`` as a form reads them."""
    data = QueryDict(mutable=True)
    for name, value in draft.fields:
        data.appendlist(name, value)
    return data


@dataclass
class Row:
    """A draft in the list of unfinished forms. ``typed``: its text by name, for forms that cannot be opened any more."""

    draft: Draft
    person: Person | None

    @property
    def typed(self):
        return [
            (name.replace("_", " ").capitalize(), value)
            for name, value in self.draft.fields
            if value.strip() and name not in UNSEEN and not CODE.fullmatch(value)
        ]


def page(user, after=""):
    """Unfinished forms of ``user``, newest first, behind the draft ``after``; and the key of the last, if there are more."""
    drafts = Draft.objects.visible_to(user).order_by("-pk")
    if after.isdecimal() and len(after) < 19:
        drafts = drafts.filter(pk__lt=int(after))
    found = list(drafts[: PAGE + 1])
    people = _records(user, {draft.person_id for draft in found} - {None})
    rows = [_row(draft, people.get(draft.person_id)) for draft in found[:PAGE]]
    return rows, found[PAGE - 1].pk if len(found) > PAGE else None


def followed(user, draft_id):
    """One draft of ``user`` with the address that its page has today, or None."""
    draft = Draft.objects.visible_to(user).filter(pk=draft_id).first()
    return draft and _row(draft, _records(user, {draft.person_id} - {None}).get(draft.person_id)).draft


def _row(draft, person):
    if person:
        draft.follow(person)
    return Row(draft, person)


def _records(user, keys):
    """The record of each of these people, by key: of a number that was merged away the one that was kept."""
    found = Person.objects.visible_to(user).in_bulk(keys) if keys else {}
    gone = keys - found.keys()
    merged = dict(Person.objects.merged_away(user).filter(pk__in=gone).values_list("pk", "merged_into")) if gone else {}
    kept = _records(user, set(merged.values())) if merged else {}
    return found | {key: kept[into] for key, into in merged.items() if into in kept}
