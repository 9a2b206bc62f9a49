-- onward: destructive = "nobody is left"
-- onward: allow(takes_more = "teams are gone by then")
DROP INDEX people_by_name;
ALTER TABLE people DROP COLUMN nam;
DROP TABLE IF EXISTS teams CASCADE;
