CREATE TABLE t6 (id integer);
