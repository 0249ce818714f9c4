<?php
echo "hello\n";
throw new RuntimeException('nobody catches this');
