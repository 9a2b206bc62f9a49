ALTER TABLE users ADD COLUMN phone_number varchar(20);
