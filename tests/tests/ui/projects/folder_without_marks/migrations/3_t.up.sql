CREATE TABLE t3 (id integer);
