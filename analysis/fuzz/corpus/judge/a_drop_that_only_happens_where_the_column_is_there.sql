CREATE TABLE t (id int, a int);

SET @s = (SELECT IF(
EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 't' AND column_name = 'a'),
'ALTER TABLE t DROP COLUMN a',
'SELECT 1'
));
PREPARE q FROM @s;
EXECUTE q;
DEALLOCATE PREPARE q;
