#: intent = "A script that is its own interpreter."
#: verdict = "RE"
#: also = { "tests.0.reason" = "exec" }
#: control = { bites = "fails", run = "python3 -B $SOURCE; sed -i \"s#/app/#$PWD/#\" main; python3 -c 'import os; os.execv(\"./main\", [\"x\"])'" }
import os

open("main", "w").write("#!/app/main\n")
os.chmod("main", 0o755)
