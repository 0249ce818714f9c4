<?php
echo "hello\n";
exit(3);
