<?php
while (true) {
    echo "one more line of no use to anyone\n";
}
