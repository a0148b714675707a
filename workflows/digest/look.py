"""Reading a weekly digest again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from workflows.core.errors import NotFound
from workflows.core.messages import Query, handles
from workflows.core.permissions import Action
from workflows.core.work import Work
from workflows.digest.build import digest_content
from workflows.digest.restricted import without_restricted


@dataclass(frozen=True)
class DigestView:
    """`content` as `digest_content` makes it; `days` are those with a digest, newest first."""

    on: date
    is_now: bool
    content: Mapping[str, object]
    days: tuple[date, ...]


@dataclass(frozen=True)
class GetDigest(Query[DigestView]):
    """The digest of a day; without one, how it would stand at this moment."""

    on: date | None = None


@handles(GetDigest, Action.SEE_DIGEST, code="get_digest")
def get_digest(query: GetDigest, work: Work) -> DigestView:
    days = tuple(reversed(work.uow.digests.days()))
    if query.on is None:
        return DigestView(work.today, True, digest_content(work), days)
    content = work.uow.digests.get(query.on)
    if content is None:
        raise NotFound("not_found.digest")
    return DigestView(query.on, False, without_restricted(content, work), days)
