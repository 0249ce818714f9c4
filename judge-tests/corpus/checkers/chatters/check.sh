echo "line 1 is wrong" >&2
head -c 80000000 /dev/zero | tr '\0' '\n' >&2
exit 43
