SELECT 'a', "b", `c`, [d], E'\'', U&"e", $$f$$, x'00', N'g';
---
/* /* */ # -- 
/*! DROP TABLE t */
