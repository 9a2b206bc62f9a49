-- onward: destructive
DROP TABLE teams;
