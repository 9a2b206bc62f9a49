-- onward: destructive
ALTER TABLE teams DROP COLUMN nam;
ALTER TABLE teams DROP COLUMN name;
