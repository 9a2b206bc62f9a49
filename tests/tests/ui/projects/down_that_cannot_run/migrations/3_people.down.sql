-- onward: destructive = "all goes", allow(cannot_run = "it is mended in the next release")
DROP TABLE teams;
DROP TABLE people;
