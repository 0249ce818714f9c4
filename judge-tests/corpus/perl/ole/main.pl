print "one more line of no use to anyone\n" while 1;
