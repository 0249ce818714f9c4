cd "$3" || exit 1
echo 5 > /box/five
case $4 in
    link) ln -s /box/five "$5" ;;
    hard) ln /box/five "$5" ;;
    directory) mkdir "$5" ;;
    none) rmdir "$3"; exit 1 ;;
esac || exit 2
exit 42
