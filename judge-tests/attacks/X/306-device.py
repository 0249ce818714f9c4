#: intent = "A device as the product: a node of its own, or a link to one without an end."
#: verdict = "CE"
#: also = { "compile.verdict" = "CE", "compile.wall_time_ms" = { at_most = 5000 } }
#: control = { run = "python3 -B $SOURCE; [ -f main ] && [ ! -h main ] || echo ESCAPED what stands there is no plain file" }
import os

for name, number in (("main", os.makedev(1, 5)), ("b.out", os.makedev(8, 0))):
    try:
        os.mknod(name, 0o20666, number)
    except OSError:
        os.symlink("/dev/zero", name)
