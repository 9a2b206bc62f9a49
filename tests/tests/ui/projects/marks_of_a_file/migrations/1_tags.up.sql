-- onward: only(prodution)
CREATE TABLE tags (id bigint PRIMARY KEY);
