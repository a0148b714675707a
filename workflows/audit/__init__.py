"""The audit trail: checked, signed, read by the administrators, its checkpoints sent outside."""
