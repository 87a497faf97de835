"""What the agency says to a handover that it received."""

from django import forms

from casework.forms.base import Form


class Query(Form):
    called = "Query to a prison"
    save_text = "Send the query"
    words = forms.CharField(label="What do you need to know, or what is wrong?", max_length=2000, widget=forms.Textarea)
