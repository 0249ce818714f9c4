print "hello\n";
exit 3;
