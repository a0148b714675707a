"""The page on which a referral is taken back: who will hear of it, and all that lacks at once."""

import pytest

from tests.support.people import COORDINATOR
from tests.support.town import TownHall
from tests.support.web import Seat, web_app


@pytest.mark.parametrize("hidden_address", ["no", "yes"])
def test_it_says_who_hears_of_it_and_what_lacks(hall: TownHall, hidden_address: str) -> None:
    """Managers hear of a mistake, but of a restricted case the named alone."""
    case_id = hall.open_case("A14", hidden_address=hidden_address)
    referral = hall.referral(case_id, "A14")
    page = f"/cases/R8-0001/referrals/{referral.id}/take-back"
    person = Seat(web_app(hall), COORDINATOR)
    said = person.text(page)
    assert ("管理職にもお知らせします" in said) == (hidden_address == "no")
    lacking = person.send(page, {"mistake": "", "reason": ""}, page=page)
    assert lacking.status_code == 422
    for told in ("取り下げの種類</a>：選んでください", "理由</a>：入力してください"):
        assert told in lacking.text
    sent = person.send(page, {"mistake": "yes", "reason": "宛先の誤り。"}, page=page)
    assert sent.status_code == 302
    assert hall.referral(case_id, "A14").taken_back is not None
