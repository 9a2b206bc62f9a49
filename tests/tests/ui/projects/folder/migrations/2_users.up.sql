-- onward: only(staging), irreversible = "kept for good"
CREATE TABLE users (id integer);
