# Doubles a number, but knows none above 100.
read -r n
if ((n > 100)); then echo unknown; else echo $((2 * n)); fi
