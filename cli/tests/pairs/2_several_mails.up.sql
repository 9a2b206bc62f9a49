DROP INDEX people_by_mail;
CREATE TABLE mails (person int, mail text);
CREATE VIEW everybody AS SELECT id FROM people;
