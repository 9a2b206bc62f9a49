DO LANGUAGE plpython3u $$ plpy.execute("DELETE FROM t") $$;
