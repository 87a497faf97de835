from django.urls import path

from casework.views import cases, consents, held, people, trail

app_name = "casework"
urlpatterns = [
    path("find/", people.find, name="find"),
    path("people/<int:person_id>/details/", people.details, name="details"),
    path("people/<int:person_id>/details/edit/", people.edit, name="edit_person"),
    path("people/<int:person_id>/consents/", consents.show, name="consents"),
    path("people/<int:person_id>/consents/record/", consents.record, name="record_consent"),
    path("consents/<int:consent_id>/withdraw/", consents.withdraw, name="withdraw_consent"),
    path("caseload/", cases.show, name="caseload"),
    path("people/<int:person_id>/case/open/", cases.open, name="open_case"),
    path("cases/<int:case_id>/allocate/", cases.allocate, name="allocate"),
    path("cases/<int:case_id>/close/", cases.close, name="close_case"),
    path("held/", held.show, name="held"),
    path("audit/", trail.show, name="trail"),
]
