"""出欠: who was named and what was written, as far as a new word leaves it true."""

from workflows.meetings.answer_views import AskedDates


def default_who_and_comment(asked: AskedDates, *, comes: bool) -> tuple[str, str]:
    """Who attends and the comment, kept from the earlier answer as far as they still fit the new
    one."""
    word = asked.attendance
    if word and word.comes == comes:
        return word.who, word.comment
    return asked.who if comes else "", ""
