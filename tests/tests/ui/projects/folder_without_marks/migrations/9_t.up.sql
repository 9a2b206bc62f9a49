CREATE TABLE t9 (id integer);
