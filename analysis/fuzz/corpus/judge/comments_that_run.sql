CREATE TABLE t (id int);
/*!50003 DROP TABLE t */;
