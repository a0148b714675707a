"""What every workflow works with: messages, the open transaction, permissions, errors, ports."""
