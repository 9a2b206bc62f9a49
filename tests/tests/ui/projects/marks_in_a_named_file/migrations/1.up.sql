-- no-transaction
CREATE TABLE tags (id bigint);
