"""What somebody reads and can press in a post."""

from dataclasses import dataclass

from tests.mattermost.world import Post
from tests.slack.limits import Json


@dataclass(frozen=True)
class Button:
    """Something to press: an action of an attachment. `beside` are the words it stands with."""

    action: Json
    beside: str
    post: Post

    @property
    def label(self) -> str:
        return str(self.action["name"])


def words_of(attachment: Json) -> str:
    """An attachment in the order in which it is read."""
    lines = [attachment.get(name, "") for name in ("pretext", "title", "text")]
    lines += [f"{one['title']}：{one['value']}" for one in attachment.get("fields", [])]
    lines.append(attachment.get("footer", ""))
    return "\n".join(str(line) for line in lines if line)


def buttons(post: Post) -> list[Button]:
    return [
        Button(action, "\n".join(filter(None, (post.message, words_of(attachment)))), post)
        for attachment in post.attachments
        for action in attachment.get("actions", [])
        if not action.get("disabled")
    ]


def as_text(post: Post) -> str:
    """A post as somebody reads it, its buttons as [label]."""
    lines = [post.message]
    for attachment in post.attachments:
        lines.append(words_of(attachment))
        if actions := attachment.get("actions", []):
            lines.append(" ".join(f"[{action['name']}]" for action in actions))
    return "\n".join(line for line in lines if line)


def dialog_text(dialog: Json) -> str:
    lines = [dialog["title"], dialog.get("introduction_text", "")]
    for one in dialog.get("elements", []):
        lines += [one["display_name"], one.get("help_text", "")]
        lines += [option["text"] for option in one.get("options") or []]
    return "\n".join(line for line in [*lines, dialog.get("submit_label", "")] if line)
