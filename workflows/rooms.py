"""Every room's workflows, imported so that the desk knows them."""

import workflows.access
import workflows.administration
import workflows.audit
import workflows.audit_page
import workflows.cases.close_case
import workflows.cases.consents
import workflows.cases.disclosures
import workflows.cases.drafts
import workflows.cases.edit_sheet
import workflows.cases.find_case
import workflows.cases.find_person
import workflows.cases.list_cases
import workflows.cases.name_members
import workflows.cases.open_case
import workflows.cases.plan
import workflows.cases.record_consent
import workflows.cases.refer
import workflows.cases.reply
import workflows.cases.roles
import workflows.cases.views
import workflows.digest.look
import workflows.directory.edit_lists
import workflows.directory.edit_one
import workflows.directory.edit_town
import workflows.directory.holdings
import workflows.directory.look
import workflows.directory.people
import workflows.directory.set_up
import workflows.followups.answer
import workflows.followups.keep
import workflows.guard
import workflows.guard_typing
import workflows.inbox
import workflows.meetings.answer
import workflows.meetings.answer_views
import workflows.meetings.attend
import workflows.meetings.convene
import workflows.meetings.fix_date
import workflows.meetings.joinable
import workflows.meetings.plan_meeting
import workflows.meetings.preparation
import workflows.meetings.propose_dates
import workflows.meetings.record
import workflows.meetings.record_views
import workflows.meetings.register
import workflows.meetings.run
import workflows.meetings.views
import workflows.overview
import workflows.receivers
import workflows.restored
import workflows.retention.approve
import workflows.retention.dispose
import workflows.retention.hold
import workflows.retention.lines
import workflows.retention.tidy
import workflows.sessions
import workflows.sign_in
import workflows.truth  # noqa: F401 - imported so that they register
from workflows.desk import REGISTRY

__all__ = ["REGISTRY"]
