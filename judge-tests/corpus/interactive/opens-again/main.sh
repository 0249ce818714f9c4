read -r word < /dev/stdin
echo "$word back" > /dev/stdout
