CREATE TABLE teams (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE people (
    id serial PRIMARY KEY,
    team int REFERENCES teams (id),
    mail text NOT NULL
);
CREATE UNIQUE INDEX people_by_mail ON people (mail);
