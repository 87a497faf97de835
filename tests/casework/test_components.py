import re

import pytest
from django import forms
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory

from casework.access import Role
from casework.forms.components import Sample
from casework.models import User
from casework.templatetags import components as tags
from casework.views import components


def html(source, **context):
    return engines["django"].from_string(source).render(context)


def squeezed(text):
    return re.sub(r"\s+", " ", re.sub(r">\s+<", "><", text)).strip()


@pytest.mark.parametrize("query", [{}, {"errors": ""}])
def test_components_shows_every_one(query):
    request = RequestFactory().get("/components/", query)
    request.user = User(role=Role.KEYWORKER)

    page = components.show(request).content.decode()

    ids = re.findall(r' id="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    assert "style=" not in page
    assert "onclick" not in page
    assert ("<title>Error: Components" in page) is bool(query)


def test_error_summary_links_lead_to_controls():
    form = Sample({})

    summary = html("{% error_summary form %}", form=form)
    body = html("{% crispy form %}", form=form)

    targets = re.findall(r'href="#([^"]+)"', summary)
    assert len(targets) == 10
    for target in targets:
        assert len(re.findall(rf'<(?:input|select|textarea)[^>]* id="{target}"', body)) == 1


def test_error_summary_of_an_untouched_form_is_empty():
    assert html("{% error_summary form %}", form=Sample()).strip() == ""
    assert html("{% error_summary form %}").strip() == ""


def test_error_summary_names_every_form_of_a_set():
    class Line(forms.Form):
        minutes = forms.IntegerField(label="Minutes")

        def clean(self):
            raise forms.ValidationError("Not today")

    lines = forms.formset_factory(Line, max_num=1, validate_max=True)
    data = {
        "form-TOTAL_FORMS": 2,
        "form-INITIAL_FORMS": 0,
        "form-0-minutes": "x",
        "form-1-minutes": "5",
    }

    shown = tags.error_summary(lines(data))["errors"]

    assert shown == [
        {"text": "Please submit at most 1 form."},
        {"text": "Not today"},
        {"text": "Enter a whole number.", "target": "id_form-0-minutes"},
        {"text": "Not today"},
    ]


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("wing", ["Answer “Which wing?”"]),
        ("password", ["Fill in “Your password”"]),
        ("agreed", ["Tick “The person agreed to this”"]),
        ("plan", []),
    ],
)
def test_said_names_the_question_that_was_left_open(field, said):
    assert tags.said(Sample({})[field]) == said


def test_said_keeps_the_words_of_the_form():
    class Own(forms.Form):
        name = forms.CharField(error_messages={"required": "Enter the surname"})

    assert tags.said(Own({})["name"]) == ["Enter the surname"]


def test_control_ties_hint_and_error_to_the_input():
    assert tags.control(Sample({})["seen_on"]) == (
        '<input type="text" name="seen_on" class="govuk-input govuk-input--width-10 govuk-input--error" '
        'aria-invalid="true" aria-describedby="id_seen_on_helptext id_seen_on_error" id="id_seen_on">'
    )


def test_control_never_cuts_typed_words_off():
    control = tags.control(Sample()["note"])

    assert " maxlength" not in control
    assert 'aria-describedby="id_note-info"' in control
    assert " required" not in control


def test_control_draws_numbers_as_text_for_the_keypad():
    assert tags.control(Sample()["minutes"]) == (
        '<input type="text" name="minutes" class="govuk-input govuk-input--width-5" '
        'inputmode="numeric" id="id_minutes">'
    )


def test_control_keeps_the_width_and_autocomplete_of_the_widget():
    class Own(forms.Form):
        code = forms.IntegerField(
            widget=forms.NumberInput(attrs={"class": "govuk-input--width-2", "autocomplete": "off"})
        )

    assert tags.control(Own()["code"]) == (
        '<input type="text" name="code" class="govuk-input govuk-input--width-2" '
        'autocomplete="off" inputmode="numeric" id="id_code">'
    )


def test_optional_is_said_where_answers_are_asked_but_not_on_filters():
    assert "What comes next? (optional)" in html("{% crispy form %}", form=Sample())
    assert "(optional)" not in render_to_string("components/filter_bar.html", {"form": components.forms.SampleFilter()})


def test_table_takes_its_headers_as_one_line():
    table = html('{% table caption="Waiting" headers="Name|Days:number|Do:hidden" %}<tr></tr>{% endtable %}')

    assert squeezed(table) == (
        '<div class="ww-table ww-table--stack"><table><caption>Waiting</caption><thead><tr>'
        '<th scope="col">Name</th><th scope="col" class="ww-number">Days</th>'
        '<th scope="col"><span class="govuk-visually-hidden">Do</span></th>'
        "</tr></thead><tbody><tr></tr></tbody></table></div>"
    )


def test_wrappers_escape_what_they_are_given():
    bad = "<b>O'Brien</b>"

    page = html(
        "{% summary_list %}{% summary_row key=bad %}{{ bad }}{% endsummary_row %}{% endsummary_list %}",
        bad=bad,
    )

    assert page.count("&lt;b&gt;O&#x27;Brien&lt;/b&gt;") == 2
    assert "<b>" not in page


def test_progress_asks_again_only_while_it_runs():
    asks = 'hx-get="/imports/7/progress/" hx-trigger="every 2s"'
    values = {
        "id": "import",
        "label": "Importing",
        "done": 5,
        "total": 10,
        "url": "/imports/7/progress/",
    }

    assert asks in render_to_string("components/progress.html", values)
    assert "hx-" not in render_to_string("components/progress.html", {**values, "finished": True})


def test_post_button_brings_its_token_and_fields():
    request = RequestFactory().get("/")
    source = '{% post_button text="End" url="/end/" reason="LEFT" %}'

    page = engines["django"].from_string(source).render({}, request)

    assert 'name="csrfmiddlewaretoken"' in page
    assert '<input type="hidden" name="reason" value="LEFT">' in page


@pytest.mark.parametrize("name", ["403", "403_csrf", "404", "429", "500", "503"])
def test_error_pages_need_no_context(name):
    page = render_to_string(f"{name}.html")

    assert page.count("<h1") == 1
    assert "<title> –" not in page


def test_person_name_shows_the_marks_of_that_person_alone():
    source = "{% person_name name='Testwell, Alfie' person=1 marks=marks url='/a/' %}{% person_name name='B' person=2 marks=marks %}"

    assert squeezed(html(source, marks={1: [{"text": "ACCT open", "colour": "red"}]})) == (
        '<a class="govuk-link" href="/a/">Testwell, Alfie</a><strong class="govuk-tag govuk-tag--red">ACCT open</strong> B'
    )
