CREATE TABLE people (team integer REFERENCES teams (id));
