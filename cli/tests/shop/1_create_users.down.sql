-- onward: destructive
DROP TABLE users;
