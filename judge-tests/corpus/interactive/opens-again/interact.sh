echo there > /dev/stdout
read -r line < /dev/stdin
[ "$line" = "there back" ] && exit 42
exit 43
