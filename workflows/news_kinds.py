"""What news asks for something, and with what that comes to its end."""

from typing import Final

# What is only told: there is nothing to do about it that could be done already.
ONLY_TOLD: Final = frozenset(
    {
        *("absence_begun", "absence_changed"),
        *("account_linked", "agenda_request_settled", "case_asked", "case_closed", "case_split"),
        *("checkpoint_kept", "decisions_kept", "disposal_declined", "look_back", "part_ended"),
        *("meeting_cancelled", "passkey_changed", "permission_requests_settled", "record_posted"),
        *("referral_taken_back", "right_person", "unrestrict_settled", "weekly_digest"),
        "wrong_person",
    }
)
# By mail alone, each with a promise or a link of its own.
LINKS: Final = frozenset({"answer_link", "reply_link"})

# What asks for something on a case that goes on: with its end nothing of it is left to be done.
OF_OPEN_CASES: Final = frozenset(
    {
        *("agenda_request_asked", "case_on_agenda", "case_reopened", "core_desk"),
        *("follow_up_worse", "guard_masked", "judgement_set_aside", "lead_given", "mail_replied"),
        *("mail_returned", "member_named", "no_contact", "nobody_stands_in", "parts_ended"),
        "passed_round",
        *("plan_saved", "referral_replied", "reply_entered", "restricted_again", "role_done"),
        *("same_person", "scope_followed", "taken_back", "taken_off_agenda"),
        *("unrestrict_proposed", "opened_urgently", "case_taken_up"),
    }
)
# What asks for something before or at a meeting: once that has been, or its record stands, nothing.
OF_MEETINGS_TO_COME: Final = frozenset(
    {
        *("attend_reminder", "case_not_heard", "case_off_agenda", "case_on_agenda"),
        *("case_taken_up", "date_closed", "guard_masked", "mail_replied", "mail_returned"),
        *("meeting_fixed", "meeting_moved", "meeting_soon", "no_contact", "room_refused"),
        "nobody_stands_in",
        *("scope_followed", "taken_off_agenda", "uninvited", "will_be_absent"),
    }
)
