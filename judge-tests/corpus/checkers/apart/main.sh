# Everything there is, and everything that has the answer in it.
find /box /tmp -mindepth 1 ! -name main.sh
grep -rls 'secre[t]' /box /tmp /app
echo left behind > /box/left
echo left behind > /tmp/left
