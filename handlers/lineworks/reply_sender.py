"""What a callback is answered with, told in LINE WORKS."""

from handlers.chat.stored_reply import Content, ReplySender
from handlers.lineworks import contents
from handlers.lineworks.contents import Button
from handlers.lineworks.door import LINEWORKS, LineworksDoor
from handlers.lineworks.people import is_gone


class LineworksReplySender(ReplySender):
    def __init__(self, door: LineworksDoor) -> None:
        super().__init__(LINEWORKS)
        self._door = door

    def send(self, content: Content, *, user: str, room: str) -> None:
        call, body = self._door.outgoing.call, {"content": content}
        if room:
            call("send.room", room=room, body=body)
        else:
            call("send.user", user=user, body=body)

    def note_if_gone(self, user: str) -> object:
        return is_gone(self._door, user)

    def renewal_message(self, token: str) -> Content:
        button = Button(self._door.say("lineworks_app.late.again"), token)
        return contents.buttons(self._door.say("lineworks_app.late.why"), button)
