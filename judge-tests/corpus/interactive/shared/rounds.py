import sys
import time

# Rounds without end, slow ones or fast ones.
while True:
    print("round", flush=True)
    input()
    if sys.argv[1] == "sleep":
        time.sleep(0.2)
    if sys.argv[1] == "burn":
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
