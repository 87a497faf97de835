"""Template tags behind the components: wrappers that hold other markup, and what a form field needs."""

import copy

from django import forms, template
from django.template.loader import render_to_string

register = template.Library()

DRESS = [
    (forms.Textarea, "govuk-textarea"),
    (forms.Select, "govuk-select"),
    (forms.FileInput, "govuk-file-upload"),
    (
        forms.PasswordInput,
        "govuk-input govuk-password-input__input govuk-js-password-input-input",
    ),
    (forms.NumberInput, "govuk-input govuk-input--width-5"),
    (forms.DateInput, "govuk-input govuk-input--width-10"),
    (forms.TimeInput, "govuk-input govuk-input--width-5"),
    (forms.TextInput, "govuk-input"),
]
WIDTHS = ("govuk-input--width-", "govuk-!-width-")


# Wrappers


@register.simple_block_tag
def summary_list(content):
    return render_to_string("components/summary_list.html", {"content": content})


@register.simple_block_tag
def summary_row(content, key, url="", action="Change"):
    return render_to_string(
        "components/summary_row.html",
        {"content": content, "key": key, "url": url, "action": action},
    )


@register.simple_block_tag
def table(content, caption, headers, scroll=False, hide_caption=False):
    """A table; ``headers`` is "Name|Wing|Days:number|Action:hidden" or a list of mappings (text, number, hidden, url, sorted)."""
    return render_to_string(
        "components/table.html",
        {
            "content": content,
            "caption": caption,
            "headers": _headers(headers),
            "scroll": scroll,
            "hide_caption": hide_caption,
        },
    )


def _headers(headers):
    if not isinstance(headers, str):
        return headers
    parts = (header.partition(":") for header in headers.split("|"))
    return [{"text": text.strip(), kind: True} for text, _, kind in parts]


@register.inclusion_tag("components/person_name.html")
def person_name(name, person, marks, url=""):
    """Somebody in a list, with the tags that ``marks`` (``casework.queries.alerts.marks``) has for the key ``person``."""
    return {"name": name, "url": url, "tags": (marks or {}).get(person, ())}


@register.simple_block_tag
def timeline(content):
    return render_to_string("components/timeline.html", {"content": content})


@register.simple_block_tag
def timeline_entry(content, title, at, by="", url="", whole_day=False, struck=False):
    return render_to_string(
        "components/timeline_entry.html",
        {
            "content": content,
            "title": title,
            "at": at,
            "by": by,
            "url": url,
            "whole_day": whole_day,
            "struck": struck,
        },
    )


@register.simple_block_tag
def metrics(content):
    return render_to_string("components/metrics.html", {"content": content})


@register.simple_block_tag
def inset(content):
    return render_to_string("components/inset.html", {"content": content})


@register.simple_block_tag
def details(content, summary, open=False):
    return render_to_string(
        "components/details.html",
        {"content": content, "summary": summary, "open": open},
    )


@register.simple_block_tag
def notification(content, id, title="Important", success=False):
    return render_to_string(
        "components/notification.html",
        {"content": content, "id": id, "title": title, "success": success},
    )


@register.inclusion_tag("components/post_button.html")
def post_button(text, url, kind="", hidden_text="", **fields):
    """A button that posts by itself; it brings its own CSRF token, which an include with ``only`` would lose."""
    return {
        "text": text,
        "url": url,
        "kind": kind,
        "hidden_text": hidden_text,
        "fields": fields,
    }


# Forms


@register.inclusion_tag("components/error_summary.html")
def error_summary(form):
    """What is wrong with a form or a formset, each line a link that puts the cursor where it can be mended."""
    if not form:
        return {"errors": []}
    errors = [{"text": text} for text in _errors_of_the_whole(form)]
    for single in getattr(form, "forms", [form]):
        if single is not form:
            errors += [{"text": text} for text in single.non_field_errors()]
        for field in single:
            errors += [{"text": text, "target": first_id(field)} for text in said(field)]
    return {"errors": errors}


def _errors_of_the_whole(form):
    if hasattr(form, "forms"):
        return form.non_form_errors() if form.is_bound else []
    return form.non_field_errors()


@register.inclusion_tag("components/draft_offer.html", takes_context=True)
def draft_offer(context, form):
    """What was typed into this form before and not saved, to be used or discarded. Stands above the form."""
    return {
        "draft": getattr(form, "draft", None),
        "offered": getattr(form, "offered", []),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("components/draft_token.html", takes_context=True)
def draft_token(context, form):
    """Has what is typed into this form kept as a draft. Stands in the form, once; the form is one of ``casework.forms.base.Form``."""
    asked = getattr(context.get("request"), "asked", None)
    if not asked or not getattr(form, "keeps_draft", False):
        return {}
    form.is_drawn = True
    page = asked.page(form)
    return {"token": page and page.token}


@register.filter
def theirs(field):
    """What somebody else, who was quicker, answered to this question; empty where it is the same."""
    return getattr(field.form, "theirs", {}).get(field.name, "")


@register.filter
def marks(field):
    """Words in an answer that may not stay, each with ``text`` and ``found`` (written, before, after); none for most forms."""
    return getattr(field.form, "marks", {}).get(field.name, [])


@register.filter
def described_by(field):
    """The ids of everything that tells more about a field, parted by blanks."""
    further = [name for name, told in [("theirs", theirs(field)), ("marks", marks(field))] if told]
    return " ".join(filter(None, [field.aria_describedby, *(f"{field.auto_id}_{name}" for name in further)]))


@register.filter
def said(field):
    """A field's errors; "This field is required." alone in a summary says nothing, so it names the question."""
    stock = forms.Field.default_error_messages["required"]
    verb = "Answer" if str(field.label).endswith("?") else "Fill in"
    if isinstance(field.field.widget, forms.CheckboxInput):
        verb = "Tick"
    return [f"{verb} “{field.label}”" if error == stock else error for error in field.errors]


@register.filter
def first_id(field):
    """The id of the first control of a field: the error summary's links focus it."""
    if field.is_hidden:
        return ""
    return field.id_for_label or f"{field.auto_id}_0"


@register.filter
def shape(field):
    """Which of the template pack's shapes draws this field."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return "checkboxes"
    if isinstance(widget, forms.RadioSelect):
        return "radios"
    if isinstance(widget, forms.CheckboxInput):
        return "checkbox"
    if isinstance(widget, forms.PasswordInput):
        return "password"
    if isinstance(widget, forms.Textarea) and field.field.max_length:
        return "counted"
    return "plain"


@register.filter
def control(field):
    """
    The input itself, dressed for GOV.UK Frontend.

    Never ``required``, ``maxlength`` on a text area, placeholders or number spinners: the server checks,
    says what is wrong in words, and nothing that was typed or pasted is cut off.
    """
    widget = copy.copy(field.field.widget)
    widget.use_required_attribute = lambda initial: False
    attrs = {"class": _classes(widget, bool(field.errors)), "placeholder": False}
    if isinstance(widget, forms.NumberInput):
        widget.input_type = "text"
        attrs |= {
            "inputmode": widget.attrs.get("inputmode", "numeric"),
            "min": False,
            "max": False,
            "step": False,
        }
    if isinstance(widget, forms.PasswordInput):
        attrs |= {"spellcheck": "false", "autocapitalize": "none"}
    if isinstance(widget, forms.Textarea):
        attrs |= {"cols": False, "maxlength": False}
        if str(widget.attrs.get("rows", 10)) == "10":
            attrs["rows"] = 5
    counted = isinstance(widget, forms.Textarea) and field.field.max_length
    if counted or theirs(field) or marks(field):
        described = [described_by(field), f"{field.auto_id}-info" if counted else ""]
        attrs["aria-describedby"] = " ".join(filter(None, described))
    return field.as_widget(widget=widget, attrs=attrs)


def _classes(widget, wrong):
    dress = next((classes for kind, classes in DRESS if isinstance(widget, kind)), "govuk-input")
    own = widget.attrs.get("class", "")
    if any(width in own for width in WIDTHS):
        dress = " ".join(name for name in dress.split() if not name.startswith(WIDTHS))
    error = f"{dress.split()[0]}--error" if wrong else ""
    if isinstance(widget, forms.Textarea):
        error += " govuk-js-character-count"
    return " ".join(filter(None, [dress, own, error]))


@register.filter
def option_hint(option):
    """The hint under one radio or checkbox: the widget's ``hints`` by value."""
    return getattr(option.parent_widget, "hints", {}).get(str(option.data["value"]), "")
