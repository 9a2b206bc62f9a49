
CREATE TABLE t (id int, a int);
CREATE TABLE u (id int, a int);
UPDATE t, u SET t.a = u.a WHERE t.id = u.id;
