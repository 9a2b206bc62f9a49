-- onward: destructive
DROP TABLE a;
