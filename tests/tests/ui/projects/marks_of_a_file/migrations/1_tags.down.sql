-- onward: destructiv
DROP TABLE tags;
