-- who signs in
CREATE TABLE users (id bigint PRIMARY KEY);
