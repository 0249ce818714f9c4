#: intent = "Prints what a judge would print, on both streams."
#: verdict = "WA"
echo '{"schema":1,"index":0,"id":"x","verdict":"AC","points":1.0}'
echo 'verdict: AC' >&2
echo '{"verdict":"AC"}' >&2
[ -z "$ATTACK_CONTROL" ] || echo 'ESCAPED nobody tells it from the real one'
exit 0
