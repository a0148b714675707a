"""What Slack knows: surfaces, blocks, elements, where each may stand, and their properties.

Source: docs.slack.dev/reference/block-kit and `@slack/types`.
"""

MESSAGE, MODAL, HOME = "message", "modal", "home"
BLOCKS = {MESSAGE: 50, MODAL: 100, HOME: 100}
ALL_TEXT = 12_000  # of a message: Slack refuses from about 13,200, see limits.written
VIEW_BYTES = 250_000

_SELECTS = ("static", "external", "users", "conversations", "channels")
SINGLE = frozenset(f"{kind}_select" for kind in _SELECTS)
MULTI = frozenset(f"multi_{kind}_select" for kind in _SELECTS)
CHOICES = frozenset({"checkboxes", "radio_buttons"})
PICKERS = frozenset({"datepicker", "timepicker", "datetimepicker"})
TYPED = frozenset(
    {"plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input"}
)
ACCESSORIES = SINGLE | MULTI | CHOICES | {"button", "image", "overflow", "datepicker", "timepicker"}
ACTIONS = SINGLE | MULTI | CHOICES | PICKERS | {"button", "overflow"}
INPUTS = SINGLE | MULTI | CHOICES | PICKERS | TYPED | {"file_input"}
SURFACES = {  # where what does not stand everywhere may stand
    "file_input": {MODAL},
    "email_text_input": {MODAL},
    "url_text_input": {MODAL},
    "number_input": {MODAL},
    "rich_text_input": {MODAL, HOME},
    "datetimepicker": {MODAL, MESSAGE},
    "markdown": {MESSAGE},
}
STATEFUL = SINGLE | MULTI | CHOICES | PICKERS | TYPED | {"file_input"}

_FOCUS = {"focus_on_load"}
ELEMENT_KEYS: dict[str, set[str]] = {
    "button": {"text", "url", "value", "style", "confirm", "accessibility_label"},
    "overflow": {"options", "confirm"},
    "checkboxes": {"options", "initial_options", "confirm"} | _FOCUS,
    "radio_buttons": {"options", "initial_option", "confirm"} | _FOCUS,
    "datepicker": {"initial_date", "placeholder", "confirm"} | _FOCUS,
    "timepicker": {"initial_time", "placeholder", "confirm", "timezone"} | _FOCUS,
    "datetimepicker": {"initial_date_time", "confirm"} | _FOCUS,
    "plain_text_input": {
        "initial_value",
        "multiline",
        "min_length",
        "max_length",
        "dispatch_action_config",
        "placeholder",
    }
    | _FOCUS,
    "email_text_input": {"initial_value", "dispatch_action_config", "placeholder"} | _FOCUS,
    "url_text_input": {"initial_value", "dispatch_action_config", "placeholder"} | _FOCUS,
    "number_input": {
        "is_decimal_allowed",
        "initial_value",
        "min_value",
        "max_value",
        "dispatch_action_config",
        "placeholder",
    }
    | _FOCUS,
    "rich_text_input": {"initial_value", "dispatch_action_config", "placeholder"} | _FOCUS,
    "file_input": {"filetypes", "max_files"},
    "static_select": {"options", "option_groups", "initial_option"},
    "external_select": {"initial_option", "min_query_length"},
    "users_select": {"initial_user"},
    "conversations_select": {
        "initial_conversation",
        "default_to_current_conversation",
        "response_url_enabled",
        "filter",
    },
    "channels_select": {"initial_channel", "response_url_enabled"},
    "multi_static_select": {"options", "option_groups", "initial_options"},
    "multi_external_select": {"initial_options", "min_query_length"},
    "multi_users_select": {"initial_users"},
    "multi_conversations_select": {
        "initial_conversations",
        "default_to_current_conversation",
        "filter",
    },
    "multi_channels_select": {"initial_channels"},
}
for _kind in SINGLE | MULTI:
    ELEMENT_KEYS[_kind] |= {"placeholder", "confirm"} | _FOCUS
for _kind in MULTI:
    ELEMENT_KEYS[_kind] |= {"max_selected_items"}

BLOCK_KEYS: dict[str, set[str]] = {
    "section": {"text", "fields", "accessory", "expand"},
    "divider": set(),
    "header": {"text"},
    "context": {"elements"},
    "actions": {"elements"},
    "image": {"alt_text", "image_url", "slack_file", "title"},
    "input": {"label", "element", "dispatch_action", "hint", "optional"},
    "rich_text": {"elements"},
    "markdown": {"text"},
}
VIEW_KEYS = {
    MODAL: {
        "type",
        "title",
        "blocks",
        "close",
        "submit",
        "private_metadata",
        "callback_id",
        "clear_on_close",
        "notify_on_close",
        "external_id",
        "submit_disabled",
    },
    HOME: {"type", "blocks", "private_metadata", "callback_id", "external_id"},
}
