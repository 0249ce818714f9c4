#: intent = "Looks for the checker and what it is given, and leaves files where one might look for its own."
#: test = { answer = "contained\n", checker_args = [] }
#: [request]
#: checker = { kind = "program", language = "bash", protocol = "icpc", source = "# the-checker-of-75\n[ \"$(cat)\" = contained ] && exit 42; echo wrong > \"$3/judgemessage.txt\"; exit 43" }
#: [control]
#: run = "mkdir feedback; echo '# the-checker-of-75' > check.sh; bash $SOURCE"
mark=the-checker-of-7
found=$(grep -rlsF -D skip "${mark}5" . /app /box /dev/shm | grep -v main.sh | head -1)
[ -z "$found" ] || { echo "ESCAPED $found"; exit; }
mkdir -p feedback && echo 1 > feedback/score.txt
printf '#!/bin/sh\nexit 42\n' > check; cp check check.sh; cp check checker; chmod +x check*
for folder in /tmp /app /; do cp check "$folder/check.sh"; done 2> /dev/null
echo contained
