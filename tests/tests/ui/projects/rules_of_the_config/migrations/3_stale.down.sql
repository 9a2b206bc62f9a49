-- onward: destructive, allow(leaves_behind = "nothing is left")
DROP TABLE e;
