-- onward: destructive
CREATE UNIQUE INDEX people_by_mail ON people (mail);
DROP TABLE mails;
