case $1 in
    crash) exit 3 ;;
    sleep) sleep 60 ;;
    flood) head -c 1000000 /dev/zero ;;
esac
exit 0
