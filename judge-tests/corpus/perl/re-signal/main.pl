use strict;

print "hello\n";
my $nothing;
$nothing->method_of_nothing();
