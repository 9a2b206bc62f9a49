-- onward: destructive
DROP TABLE books;
