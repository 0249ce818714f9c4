#: intent = "Leaves for the next test what this one has read: in the box, in /tmp, beside the program, in a process."
#: limits = { cpu_time_ms = 5000, wall_time_ms = 30000 }
#: repeat = 4
#: also = { "tests.0.verdict" = "AC", "tests.1.verdict" = "AC", "tests.2.verdict" = "AC", "tests.3.verdict" = "AC" }
#: control = { run = "bash $SOURCE > /dev/null; bash $SOURCE" }
for folder in . /tmp /app /dev /dev/shm /var/tmp "$HOME"; do
    [ ! -e "$folder/left-by-attack-74" ] || { rm -f "$folder/left-by-attack-74"; echo "ESCAPED $folder"; exit; }
done
! pgrep -f left-by-attack-74-process > /dev/null || { echo "ESCAPED a process"; exit; }
for folder in . /tmp /app /dev /dev/shm /var/tmp "$HOME"; do
    { cat > "$folder/left-by-attack-74"; } 2> /dev/null
done
setsid bash -c 'exec -a left-by-attack-74-process sleep 2' > /dev/null 2>&1 &
echo contained
