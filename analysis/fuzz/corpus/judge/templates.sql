{{if .mysql}}ALTER TABLE {{.prefix}}t DROP ${column};{{end}}
---
\connect x
COPY t FROM stdin;
1
\.
:'v' :name @@x ?1
