CREATE TABLE t7 (id integer);
