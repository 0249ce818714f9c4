#: intent = "Its output file is a symbolic link to the answers of the package."
#: verdict = "WA"
#: reason = "output_file"
#: request = { output = { file = "out.txt" } }
#: test = { capture_files = ["out.txt", "home.txt"] }
while read -r name path; do
    [ "$name" != facts ] || ln -s "${path%1.in}1.ans" out.txt
    [ "$name" != home ] || ln -s "$path" home.txt
done
[ -z "$ATTACK_CONTROL" ] || [ "$(cat out.txt)" != contained ] || echo "ESCAPED who collects reads the answers"
