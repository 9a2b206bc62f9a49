CREATE TABLE t4 (id integer);
