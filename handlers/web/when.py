"""How much time is left, in words beside a date: あと3開庁日, 2開庁日の遅れ."""

from handlers.web.door import texts


def left_words(overdue: bool, open_days: int) -> str:
    """`open_days` are those left, or those since the due day when it is overdue."""
    if overdue:
        key = "page.left.late" if open_days else "page.left.late_today"
    else:
        key = "page.left.days" if open_days else "page.left.today"
    return texts().say(key, days=abs(open_days))
