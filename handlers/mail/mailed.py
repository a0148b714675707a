"""Which notices go by mail to whoever has no chat: those after which somebody must do something.

News that only tell how it went wait in the inbox: a mail for each would bury those that matter.
"""

from typing import Final

MAILED: Final = frozenset(
    {
        # The dates of a meeting are asked, and whether one comes.
        "dates_asked",
        "dates_asked_again",
        "answer_reminder",
        "attend_reminder",
        # One must be there, or must not go there.
        "meeting_fixed",
        "meeting_moved",
        "meeting_cancelled",
        "meeting_soon",
        "uninvited",
        # Who runs a meeting goes on with it.
        "all_answered",
        "date_closed",
        "will_be_absent",
        "fix_date",
        "no_contact",
        "mail_returned",
        "mail_replied",
        # The record is written and confirmed; its summary is what the others work by.
        "record_ask",
        "record_overdue",
        "record_returned",
        "confirm_record",
        "confirm_record_reminder",
        "record_posted",
        # A case waits for an agency, or for whoever looks after it.
        "referral_asked",
        "reply_entered",  # what somebody entered for an agency is for it to check
        "reply_reminder",
        "reply_overdue",
        "core_desk",
        "referral_taken_back",
        "taken_back",
        "part_ended",
        "parts_ended",
        "case_split",
        "lead_given",
        "name_lead",
        "next_step",
        "plan_review",
        "close_case_due",
        "revise_plan_due",
        "judgement_set_aside",
        "still_needed_ask",
        "reassess",
        "role_given",
        "role_soon",
        "role_overdue",
        "follow_up_ask",
        "follow_up_reminder",
        "follow_up_overdue",
        "follow_up_worse",
        # The town's own work: without a mail nobody would look.
        "account_asked",
        "request_due",
        "audit_broken",
        "record_broken",
        "disposal_proposed",
        "disposal_second",
        "restore_left",
        "disposal_declined",
        "unread_cases",
        "reader_proposed",
        "reader_settled",
        "agenda_request_asked",
        "agenda_request_settled",
        "opened_urgently",
        "case_taken_up",
        "permission_requests_asked",
        "permission_requests_settled",
        "drafts_expiring",
        # Who stands in for somebody looks into it, from then until then.
        "absence_begun",
        "absence_changed",
        "nobody_stands_in",
        # Who did not do it must hear of it at once.
        "passkey_changed",
        "many_reminders",
        "weekly_digest",
        "look_back",
    }
)

# Announce when and where a meeting is: the entry for the calendar goes with them.
WITH_CALENDAR: Final = frozenset({"meeting_fixed", "meeting_moved", "meeting_cancelled"})
# Takes it out of the calendar of those who may not look at the meeting any more.
UNINVITED: Final = "uninvited"

# The day of the meeting stands in the subject, instead of one by which something is to be done.
OF_A_MEETING: Final = WITH_CALENDAR | {"meeting_soon", "will_be_absent", UNINVITED}
