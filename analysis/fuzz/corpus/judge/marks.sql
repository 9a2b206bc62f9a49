-- no-transaction
-- onward: lossy = "x\"", only(a
/* onward: x */
DROP TABLE t;
-- onward: destructive
