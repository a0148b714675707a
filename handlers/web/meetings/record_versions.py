"""会議記録の前の版: what was saved before, for those who write and confirm the record."""

from flask import Blueprint

from handlers.web.cases.sheet import Page
from handlers.web.door import ask, page, texts
from handlers.web.meetings.records import record_read
from workflows.meetings.earlier_records import GetEarlierRecord

pages = Blueprint("record_versions", __name__)


@pages.get("/meetings/<meeting_id>/record/versions/<int:version>")
def one(meeting_id: str, version: int) -> Page:
    seen = ask(GetEarlierRecord(meeting_id, version))
    title = texts().say("page.meeting.record_version", version=version)
    return page("record_version.html", title, **record_read(seen))
