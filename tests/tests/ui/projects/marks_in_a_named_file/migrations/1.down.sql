-- onward: destructive
DROP TABLE tags;
