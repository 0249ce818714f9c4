[ -z "$(cat)" ] || exit 43
[ "$(cat "$2")" = secret ] || exit 1
[ "$(cat /box/data.txt)" = "a file of the checker's" ] || exit 1
! [ -e /box/left ] && ! [ -e /tmp/left ] || exit 1
[ -z "$(ls -A "$3")" ] || exit 1
echo secret > "$3/state"
echo secret > /tmp/state
exit 42
