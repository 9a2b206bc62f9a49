CREATE TABLE t11 (id integer);
