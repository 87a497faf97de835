from django.db import migrations

from casework.rowsecurity import hide


class Migration(migrations.Migration):
    dependencies = [("referrals", "0002_locks"), ("casework", "0007_restricted_people")]

    operations = [hide("referrals_referral"), hide("referrals_triage")]
