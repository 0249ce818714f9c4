<?php
ini_set('memory_limit', '-1'); // PHP's own limit would end it first, with an error of its own
$pieces = [];
for ($i = 0; $i < 512; $i++) {
    $pieces[] = str_repeat(chr(65 + $i % 26), 4 << 20);
}
echo "hello\n";
