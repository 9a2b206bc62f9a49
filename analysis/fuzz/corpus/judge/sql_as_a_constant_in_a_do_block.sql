CREATE TABLE t (id int, a int);
DO $$ BEGIN EXECUTE 'ALTER TABLE t ' || 'DROP COLUMN a'; END $$;
