-- and out again
  DROP TABLE users;
