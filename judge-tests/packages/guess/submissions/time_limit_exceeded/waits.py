# It reads first, as the validator does: both wait.
input()
