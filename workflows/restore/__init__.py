"""After a restore: what was decided since the backup is carried out again before anybody works."""
