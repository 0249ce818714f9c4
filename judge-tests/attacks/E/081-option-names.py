#: intent = "Files named like options of the interpreter, and an entry point that is one."
#: limits = { cpu_time_ms = 4000 }
#: request = { entry_point = "-c" , files = { "-c" = "print('contained')", "-m" = "", "--version" = "" } }
#: control = { run = "python3 -c 'print(\"ESCAPED: an option, not a file\")'" }
