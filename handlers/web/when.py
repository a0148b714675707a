"""How much time is left, in words beside a date: あと3開庁日, 2開庁日の遅れ."""

from handlers import to_do
from handlers.web.door import texts


def left_words(overdue: bool, open_days: int) -> str:
    """`open_days` are those left, or those since the due day when it is overdue."""
    return to_do.left_words(texts(), overdue, open_days)
