CREATE TABLE a (a varchar(20));
