-- onward: lossy = "the plug-in's old rows go"
CALL plugin_cleanup();
