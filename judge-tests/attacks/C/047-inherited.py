#: intent = "Uses descriptors that it has not opened itself."
#: control = { run = "exec 7< /etc/passwd; PYTHONPATH=$ATTACKS python3 -B $SOURCE" }
import os

from attack import answer, works

answer([number for number in range(3, 4096) if works(os.fstat, number)])
