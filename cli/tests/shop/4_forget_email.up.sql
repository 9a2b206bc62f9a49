-- Nobody writes to them any more.
ALTER TABLE users
    DROP COLUMN email;
