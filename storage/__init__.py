"""Storage: SQLAlchemy tables, the unit of work, vault, outbox, migrations."""
