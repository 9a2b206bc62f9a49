-- onward: destructive, allow(leaves_behind = "another service reads it")
DROP TABLE c;
