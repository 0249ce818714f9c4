#: intent = "Ends with the statuses and signals by which others tell a verdict: it is a run-time error, each time."
#: verdict = "RE"
#: also = { "tests.0.verdict" = "RE", "tests.1.verdict" = "RE", "tests.2.verdict" = "RE", "tests.3.verdict" = "RE", "tests.4.verdict" = "RE", "tests.5.verdict" = "RE" }
#: control = { bites = "fails" }
#: [request]
#: tests = [{ args = ["137"] }, { args = ["124"] }, { args = ["42"] }, { args = ["43"] }, { args = ["KILL"] }, { args = ["XCPU"] }]
case ${1:-137} in
    [A-Z]*) kill -"$1" $$ ;;
    *) exit "${1:-137}" ;;
esac
