-- onward: destructive
DROP TABLE h;
