import sys

feedback, what = sys.argv[3:]
if what == "both":
    open(feedback + "judgemessage.txt", "w").write("expected 3\n")
    open(feedback + "teammessage.txt", "w").write("try the empty graph\n")
    sys.exit(43)
if what == "bytes":
    open(feedback + "teammessage.txt", "wb").write(b"\xff\0end")
    print("said on stderr", file=sys.stderr)
    sys.exit(43)
open(feedback + "judgemessage.txt", "w").write("x" * 50_000_000)
sys.exit(42)
