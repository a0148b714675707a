"""The main menu, and where the buttons of cards lead on the web."""

from handlers.words.texts import Texts
from handlers.words.to_do import promise_action
from workflows.inbox.inbox import Shell
from workflows.model.card import Action
from workflows.model.promise import PromiseKind


def navigation(here: Shell, path: str, texts: Texts) -> list[tuple[str, str, bool, int]]:
    """(href, label, is current, count) of the pages this member uses."""
    roles = set(here.roles)
    used = {
        "inbox": "/",
        "desk": "/desk" if "coordinator" in roles else "",
        "cases": "/cases",
        "meetings": "/meetings",
        "requests": "/requests" if roles & {"coordinator", "manager"} else "",
        "directory": "/directory",
        "digest": "/digest" if "manager" in roles else "",
        "retention": "/retention" if roles & {"manager", "administrator"} else "",
        "admin": "/admin" if "administrator" in roles else "",
    }
    return [
        (
            href,
            texts.label("menu", page),
            path == href or (href != "/" and path.startswith(href + "/")),
            here.waiting if page == "inbox" else 0,
        )
        for page, href in used.items()
        if href
    ]


def link(action: Action) -> str:
    """Where a card's button leads. `subject` is a case number or a meeting id."""
    subject, item = action.subject, action.item
    case, meeting = f"/cases/{subject}", f"/meetings/{subject}"
    match action.verb:
        case "open_case":
            return case
        case "reply":
            return f"{case}/referrals/{item}/reply"
        case "refer":
            return f"{case}/refer"
        case "set_lead":
            return f"{case}/lead"
        case "new_sheet":
            return "/cases/new"
        case "edit_sheet":
            return f"{case}/sheet"
        case "close_case":
            return f"{case}/close"
        case "reopen_case":
            return f"{case}/reopen"
        case "name_members":
            return f"{case}/named"
        case "consent" | "disclosures" | "print":
            return f"{case}/{action.verb}"
        case "plan":
            return f"{case}/plan"
        case "follow_up":
            return f"{case}/follow-ups/{item}"
        case "reassess":
            return f"{case}/reassessment"
        case "agenda_requests":
            return f"{case}/agenda-requests"
        case "still_needed":
            return f"{case}/still-needed"
        case "tick_role":
            return f"{case}/roles/{item}"
        case "convene":
            return f"/meetings/new?case={subject}"
        case "open_meeting":
            return meeting
        case "answer_dates":
            return f"{meeting}/answer"
        case "fix_date":
            return meeting
        case "attend":
            return f"{meeting}/attend"
        case "calendar":
            return f"{meeting}/calendar.ics"
        case "write_record" | "confirm_record" | "read_record":
            return f"{meeting}/record"
        case "desk":
            return "/desk"
        case "look_back":
            return "/desk/look-back"
        case "digest":
            return f"/digest/{item}" if item else "/digest"
        case "directory":
            return "/directory"
        case "unread_cases":
            return "/unread-cases"
        case "permission_requests":
            return "/permission-requests"
        case "requests":
            return "/requests"
        case "retention":
            return "/retention"
        case "inbox":
            return "/"
        case "drafts":
            return "/#drafts"
        case "cases" | "meetings":
            return f"/{action.verb}"
        case "sign_in":
            return f"/sign-in/{item}"
        case "administration":
            return "/admin"
        case "audit":
            return "/admin/audit"
        case "accounts":
            return "/admin/accounts"
        case _:
            raise KeyError(action.verb)


def promise_link(kind: PromiseKind, number: str, meeting_id: str, item: str) -> str:
    """Where the one button of a to-do leads."""
    return link(promise_action(kind, number, meeting_id, item))
