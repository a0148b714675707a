"""The invitation to an agency on A4, to be sent by FAX, with the strip on which it answers."""

from flask import Blueprint, render_template

from handlers.web.door import ask, door, shell, texts
from handlers.words.verbs import address_of
from workflows.japanese.dates import show_date
from workflows.meetings.fax import GetFaxInvitation
from workflows.model.meeting import Symbol

pages = Blueprint("fax", __name__)


@pages.get("/meetings/<meeting_id>/agencies/<agency_id>/fax")
def paper(meeting_id: str, agency_id: str) -> str:
    seen = ask(GetFaxInvitation(meeting_id, agency_id))
    words = texts()
    return render_template(
        "paper/fax.html",
        page_title=words.say("page.meeting.fax"),
        print_ref=words.say("page.meeting.one", title="", kind=seen.kind, numbers=seen.numbers),
        print_date=show_date(door().desk.now().date()),
        town_name=shell().town_name,
        back_href=address_of("open_meeting", seen.meeting_id),
        seen=seen,
        late=seen.answer_by < door().desk.now(),
        symbols=[str(s) for s in Symbol],
    )
