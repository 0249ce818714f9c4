my @pieces;
push @pieces, chr(65 + $_ % 26) x (4 << 20) for 1 .. 512;
print "hello\n";
