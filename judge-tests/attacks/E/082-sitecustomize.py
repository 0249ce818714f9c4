#: intent = "Modules that Python loads by itself, and shadows of the standard library: they run as the submission does, with no more rights."
#: control = { run = "echo 'print(\"ESCAPED before main\")' > sitecustomize.py; PYTHONPATH=. python3 -c ''" }
#: [request.files]
#: "sitecustomize.py" = "open('/tmp/early', 'w')"
#: "usercustomize.py" = "open('/tmp/early', 'w')"
#: "random.py" = "import os\nsecret = os.path.exists('/root')"
import os
import random

print("ESCAPED" if random.secret or os.path.exists("/tmp/early") else "contained")
