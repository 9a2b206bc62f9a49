
DO $do$ BEGIN
CREATE TYPE mood AS ENUM ('a');
EXCEPTION WHEN duplicate_object THEN null;
END $do$;
