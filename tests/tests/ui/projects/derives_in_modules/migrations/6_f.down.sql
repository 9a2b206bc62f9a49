-- onward: destructive
DROP TABLE f;
