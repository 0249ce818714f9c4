-- Lua has no sleep of its own: the shell's it is.
os.execute("sleep 60")
