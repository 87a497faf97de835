"""Files about a person. Their content leaves the house here only, as a download."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header

from casework import audit
from casework.access import Permission, requires
from casework.forms import files as forms
from casework.models import Attachment
from casework.operations import attachment as operations
from casework.queries import people

WHAT = "person.files"
# Whatever a browser makes of it, it is no page of ours and does nothing.
INERT = "default-src 'none'; sandbox; frame-ancestors 'none'"


@requires(Permission.VIEW_PERSON)
def show(request, person_id):
    header = people.open_record(request, person_id, what=WHAT)
    rows = Attachment.objects.visible_to(request.user).filter(person=header.person).without_bytes()
    files = list(rows.select_related("added_by", "withdrawn_by"))
    context = {
        "header": header,
        "files": [file for file in files if not file.withdrawn_at],
        "withdrawn": [file for file in files if file.withdrawn_at],
    }
    return render(request, "casework/files.html", context)


@requires(Permission.KEEP_FILES)
def add(request, person_id):
    header = people.open_record(request, person_id, what=WHAT)
    back = reverse("casework:files", args=[person_id])
    form = forms.AddFile(request.POST or None, request.FILES or None, cancel_url=back)
    if form.is_valid():
        answers = form.cleaned_data
        file = answers.pop("file")
        try:
            operations.add(person=header.person, by=request.user, **answers, **file)
        except ValidationError as error:
            form.refuse(error)
        else:
            messages.success(request, "The file was kept")
            return redirect(back)
    return render(request, "casework/add_file.html", {"header": header, "form": form})


@requires(Permission.VIEW_PERSON)
def download(request, file_id):
    row = get_object_or_404(Attachment.objects.visible_to(request.user), pk=file_id, withdrawn_at=None)
    people.open_record(request, row.person_id, what=WHAT)
    audit.opened(request, row, what="attachment", sha256=row.sha256)
    headers = {
        "Content-Disposition": content_disposition_header(True, row.filename),
        "Content-Security-Policy": INERT,
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store, private",
    }
    return HttpResponse(bytes(row.content), content_type=row.content_type, headers=headers)


@requires(Permission.KEEP_FILES)
def withdraw(request, file_id):
    row = get_object_or_404(Attachment.objects.visible_to(request.user).without_bytes(), pk=file_id)
    header = people.open_record(request, row.person_id, what=WHAT)
    back = reverse("casework:files", args=[row.person_id])
    form = forms.WithdrawFile(request.POST or None, cancel_url=back)
    if form.is_valid():
        operations.withdraw(attachment=row, by=request.user, **form.cleaned_data)
        messages.success(request, "The file was withdrawn")
        return redirect(back)
    return render(request, "casework/withdraw_file.html", {"header": header, "form": form, "file": row})
