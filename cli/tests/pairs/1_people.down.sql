-- onward: destructive
DROP TABLE teams;
DROP TABLE people;
