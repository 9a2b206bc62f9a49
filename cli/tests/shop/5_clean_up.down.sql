-- onward: destuctive
CALL plugin_restore();
