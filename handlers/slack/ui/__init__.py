"""How things look in Slack: blocks, modals, forms, pictures."""
