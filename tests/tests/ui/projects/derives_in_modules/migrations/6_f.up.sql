CREATE TABLE f (a varchar(20));
